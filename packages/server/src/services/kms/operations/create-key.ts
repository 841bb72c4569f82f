import {
  customKeyStoreId,
  customKeyStoreNotFound,
  customerMasterKeySpec,
  description,
  flag,
  incompatibleKeyUsage,
  keyMetadata,
  keySpec,
  keySpecGivenTwice,
  keyUsage,
  keyUsageRequired,
  origin,
  policy,
  tags,
  unsupportedParameter,
  xksKeyId,
} from '@keyhaven/api-model';
import { randomUuid } from '@keyhaven/crypto';
import { defaultKeyPolicy } from '@keyhaven/policy';
import { checkKeyPolicy } from '../../../authorization/check-key-policy.ts';
import { describeKey } from '../../../keys/describe-key.ts';
import { keyArn } from '../../../keys/key-arn.ts';
import { findKeySpec } from '../../../keys/key-specs.ts';
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
    const specName = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
    if (specName !== 'SYMMETRIC_DEFAULT' && input.KeyUsage === undefined) throw keyUsageRequired();
    const spec = findKeySpec(specName);
    if (spec === undefined)
      throw unsupportedParameter(`KeySpec ${specName} is not supported by this version.`);
    const usage = input.KeyUsage ?? spec.defaultUsage;
    if (usage === undefined) throw keyUsageRequired();
    if (!spec.usages.includes(usage)) throw incompatibleKeyUsage(usage, spec.name);
    refuseOtherOrigins(input);

    const address = { accountId: caller.accountId, region: caller.region, keyId: randomUuid() };
    const arn = keyArn(address.accountId, address.region, address.keyId);
    const lockout =
      input.BypassPolicyLockoutSafetyCheck === true ? undefined : { caller: caller.principal, keyArn: arn };
    const document =
      input.Policy === undefined
        ? defaultKeyPolicy(caller.accountId)
        : checkKeyPolicy(input.Policy, accounts, lockout);
    return andThen(keyStore.generate(address, spec), (material) => {
      const { row, changes } = newKeyChanges({
        address,
        spec,
        usage,
        manager: 'CUSTOMER',
        description: input.Description ?? '',
        policy: document,
        materials: [material],
        tags: readTags(input.Tags ?? []),
        aliases: [],
        now,
      });
      return { output: { KeyMetadata: describeKey(row, spec) }, changes, madeKeyArns: [arn] };
    });
  },
});

/** Imported material, custom key stores and multi-Region keys come with their own operations. */
function refuseOtherOrigins(input: {
  readonly Origin?: string | undefined;
  readonly CustomKeyStoreId?: string | undefined;
  readonly MultiRegion?: boolean | undefined;
  readonly XksKeyId?: string | undefined;
}): void {
  if (input.CustomKeyStoreId !== undefined) throw customKeyStoreNotFound(input.CustomKeyStoreId);
  if (input.Origin !== undefined && input.Origin !== 'AWS_KMS') {
    throw unsupportedParameter(`Origin ${input.Origin} is not supported by this version.`);
  }
  if (input.XksKeyId !== undefined) throw unsupportedParameter('XksKeyId is not supported by this version.');
  if (input.MultiRegion === true)
    throw unsupportedParameter('MultiRegion keys are not supported by this version.');
}
