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
  tags,
  unsupportedParameter,
  xksKeyId,
} from '@keyhaven/api-model';
import { randomHex, randomUuid } from '@keyhaven/crypto';
import { defaultKeyPolicy } from '@keyhaven/policy';
import { checkKeyPolicy } from '../../../authorization/check-key-policy.ts';
import { describedRow, describeKey } from '../../../keys/describe-key.ts';
import { keyArn } from '../../../keys/key-arn.ts';
import { findKeySpec, isImportable, isInRegion, type KeySpecRow } from '../../../keys/key-specs.ts';
import { newKeyChanges } from '../../../keys/new-key.ts';
import { readTags } from '../../../keys/tag-rules.ts';
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
  act({ input, caller, now }, { keyStore, accounts }) {
    const { spec, usage } = chooseKind(input, caller.region);
    refuseCustomKeyStores(input);
    if (input.Origin === 'EXTERNAL' && !isImportable(spec)) throw originNotSupported('EXTERNAL', spec.name);

    const isMultiRegion = input.MultiRegion === true;
    const address = {
      accountId: caller.accountId,
      region: caller.region,
      keyId: isMultiRegion ? `mrk-${randomHex(16)}` : randomUuid(),
    };
    const arn = keyArn(address.accountId, address.region, address.keyId);
    const lockout =
      input.BypassPolicyLockoutSafetyCheck === true ? undefined : { caller: caller.principal, keyArn: arn };
    const document =
      input.Policy === undefined
        ? defaultKeyPolicy(caller.accountId)
        : checkKeyPolicy(input.Policy, accounts, lockout);
    const made = input.Origin === 'EXTERNAL' ? [] : andThen(keyStore.generate(address, spec), (one) => [one]);
    return andThen(made, (materials) => {
      const { row, changes } = newKeyChanges({
        address,
        spec,
        usage,
        manager: 'CUSTOMER',
        description: input.Description ?? '',
        policy: document,
        materials,
        tags: readTags(input.Tags ?? []),
        aliases: [],
        now,
        isMultiRegion,
      });
      return { output: { KeyMetadata: describeKey(describedRow(row, spec)) }, changes, madeKeyArns: [arn] };
    });
  },
});

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
