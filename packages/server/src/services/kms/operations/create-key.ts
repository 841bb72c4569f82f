import {
  customKeyStoreId,
  customKeyStoreNotFound,
  customerMasterKeySpec,
  description,
  flag,
  incompatibleKeyUsage,
  keyMetadata,
  keySpec,
  type KeySpec,
  keySpecGivenTwice,
  keySpecNotInRegion,
  keyUsage,
  type KeyUsage,
  keyUsageRequired,
  origin,
  originNotSupported,
  policy,
  type Tag,
  tags,
  unsupportedParameter,
  xksKeyId,
} from '@keyhaven/api-model';
import { randomHex, randomUuid } from '@keyhaven/crypto';
import { defaultKeyPolicy } from '@keyhaven/policy';
import {
  callerKeepsControl,
  checkKeyPolicy,
  type PlannedKey,
} from '../../../authorization/check-key-policy.ts';
import { describedRow, describeKey } from '../../../keys/describe-key.ts';
import { keyArn } from '../../../keys/key-arn.ts';
import { findKeySpec, isImportable, isInRegion, type KeySpecRow } from '../../../keys/key-specs.ts';
import type { KeyAddress } from '../../../keys/kms-key.ts';
import { newKeyChanges } from '../../../keys/new-key.ts';
import { unbound } from '../../../keys/policy-bindings.ts';
import { readTags, tagRows } from '../../../keys/tag-rules.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { newKeyTarget } from '../../../pipeline/targets/new-key.ts';

/** Creates a KMS key in the caller's account and Region. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html */
export const CreateKey = operation({
  name: 'CreateKey',
  access: 'write',
  input: {
    Policy: policy,
    Description: description,
    KeyUsage: keyUsage,
    CustomerMasterKeySpec: customerMasterKeySpec,
    KeySpec: keySpec,
    Origin: origin,
    CustomKeyStoreId: customKeyStoreId,
    BypassPolicyLockoutSafetyCheck: flag(),
    Tags: tags,
    MultiRegion: flag(),
    XksKeyId: xksKeyId,
  },
  output: { KeyMetadata: keyMetadata },
  target: newKeyTarget(),
  recorded: [
    'Policy',
    'Description',
    'KeyUsage',
    'CustomerMasterKeySpec',
    'KeySpec',
    'Origin',
    'CustomKeyStoreId',
    'BypassPolicyLockoutSafetyCheck',
    'Tags',
    'MultiRegion',
    'XksKeyId',
  ],
  check(input) {
    if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined) throw keySpecGivenTwice();
    if (input.Tags !== undefined) readTags(input.Tags);
  },
  act({ input, caller, now, request }, { keyStore, identities, domainKeys }) {
    const { spec, usage } = chooseKind(input, caller.region);
    refuseCustomKeyStores(input);
    if (input.Origin === 'EXTERNAL' && !isImportable(spec)) throw originNotSupported('EXTERNAL', spec.name);

    const isMultiRegion = input.MultiRegion === true;
    const address = {
      accountId: caller.accountId,
      region: caller.region,
      keyId: isMultiRegion ? `mrk-${randomHex(16)}` : randomUuid(),
    };
    const planned = plannedKey(address, spec, usage, input);
    const { arn } = planned;
    const lockout =
      input.BypassPolicyLockoutSafetyCheck === true ? undefined : callerKeepsControl(request, planned);
    const checked =
      input.Policy === undefined
        ? unbound(defaultKeyPolicy(caller.accountId))
        : checkKeyPolicy(input.Policy, identities, lockout);
    return andThen(checked, (policy) => {
      // The first key of a Region brings the Region's domain key with it, yet not for whom the Region is closed.
      const made = andThen(domainKeys.forRegion(caller.region), () =>
        input.Origin === 'EXTERNAL' ? [] : andThen(keyStore.generate(address, spec), (one) => [one]),
      );
      return andThen(made, (materials) => {
        const { row, changes } = newKeyChanges({
          address,
          spec,
          usage,
          manager: 'CUSTOMER',
          description: input.Description ?? '',
          policy,
          materials,
          tags: readTags(input.Tags ?? []),
          aliases: [],
          now,
          isMultiRegion,
        });
        return { output: { KeyMetadata: describeKey(describedRow(row, spec)) }, changes, madeKeyArns: [arn] };
      });
    });
  },
});

/** The key as its own policy would see it: the caller must be able to change that policy again. */
function plannedKey(
  { accountId, region, keyId }: KeyAddress,
  spec: KeySpecRow,
  usage: KeyUsage,
  input: PlannedInput,
): PlannedKey {
  const isMultiRegion = input.MultiRegion === true;
  return {
    row: {
      account_id: accountId,
      region,
      key_spec: spec.name,
      key_usage: usage,
      origin: input.Origin ?? 'AWS_KMS',
      multi_region: isMultiRegion ? 1 : 0,
      primary_region: isMultiRegion ? region : null,
    },
    arn: keyArn(accountId, region, keyId),
    aliases: [],
    tags: tagRows(readTags(input.Tags ?? [])),
  };
}

interface PlannedInput {
  readonly Origin?: string | undefined;
  readonly MultiRegion?: boolean | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

interface ChosenKind {
  readonly KeySpec?: KeySpec | undefined;
  readonly CustomerMasterKeySpec?: KeySpec | undefined;
  readonly KeyUsage?: KeyUsage | undefined;
}

function chooseKind(
  { KeySpec, CustomerMasterKeySpec, KeyUsage }: ChosenKind,
  region: string,
): { readonly spec: KeySpecRow; readonly usage: KeyUsage } {
  const name = KeySpec ?? CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const spec = findKeySpec(name);
  const usage = KeyUsage ?? spec?.defaultUsage;
  if (usage === undefined) throw keyUsageRequired();
  if (spec === undefined || !isInRegion(spec, region)) throw keySpecNotInRegion(name, region);
  if (!spec.algorithms.has(usage)) throw incompatibleKeyUsage(usage, name);
  return { spec, usage };
}

/** There are no custom key stores in this version. */
function refuseCustomKeyStores(input: {
  readonly Origin?: string | undefined;
  readonly CustomKeyStoreId?: string | undefined;
  readonly XksKeyId?: string | undefined;
}): void {
  if (input.CustomKeyStoreId !== undefined) throw customKeyStoreNotFound(input.CustomKeyStoreId);
  if (input.Origin === 'AWS_CLOUDHSM' || input.Origin === 'EXTERNAL_KEY_STORE') {
    throw unsupportedParameter(`Origin ${input.Origin} is not supported by this version.`);
  }
  if (input.XksKeyId !== undefined) throw unsupportedParameter('XksKeyId is not supported by this version.');
}
