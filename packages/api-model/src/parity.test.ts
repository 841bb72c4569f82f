import * as sdk from '@aws-sdk/client-kms';
import { readMembers, readSdkShape } from '@keyhaven/testkit/sdk-schema';
import { describe, expect, it } from 'vitest';
import * as model from './index.ts';
import type { Members, RequiredMember } from './index.ts';

const { required } = model;
const flag = model.flag();
const timestamp = model.timestamp();
const key = { KeyId: required(model.keyId) };
const page = { Limit: model.limit, Marker: model.marker };
const nextPage = { NextMarker: model.marker, Truncated: flag };
const context = { EncryptionContext: model.encryptionContext };
const caller = { GrantTokens: model.grantTokens, DryRun: flag };
const alias = { AliasName: required(model.aliasName), TargetKeyId: required(model.keyId) };
const dataKey = { NumberOfBytes: model.numberOfBytes, KeySpec: model.dataKeySpec };
const sealed = { CiphertextBlob: model.ciphertext, KeyId: model.keyId };
const opened = { Plaintext: model.plaintext, CiphertextForRecipient: model.ciphertext };
const material = { KeyMaterialId: model.keyMaterialIdReply };

/** Inputs and outputs of the operations, made of the named shapes. An operation without an output has none. */
const operations: Readonly<Record<string, readonly [Members, Members?]>> = {
  CreateKey: [
    {
      Policy: model.policy,
      Description: model.description,
      KeyUsage: model.keyUsage,
      CustomerMasterKeySpec: model.customerMasterKeySpec,
      KeySpec: model.keySpec,
      Origin: model.origin,
      CustomKeyStoreId: model.customKeyStoreId,
      BypassPolicyLockoutSafetyCheck: flag,
      Tags: model.tags,
      MultiRegion: flag,
      XksKeyId: model.xksKeyId,
    },
    { KeyMetadata: model.keyMetadata },
  ],
  DescribeKey: [{ ...key, GrantTokens: model.grantTokens }, { KeyMetadata: model.keyMetadata }],
  ListKeys: [page, { Keys: model.keyList, ...nextPage }],
  UpdateKeyDescription: [{ ...key, Description: required(model.description) }],
  EnableKey: [key],
  DisableKey: [key],
  ScheduleKeyDeletion: [
    { ...key, PendingWindowInDays: model.pendingWindowInDays },
    {
      KeyId: model.keyId,
      DeletionDate: timestamp,
      KeyState: model.keyState,
      PendingWindowInDays: model.pendingWindowInDays,
    },
  ],
  CancelKeyDeletion: [key, { KeyId: model.keyId }],
  CreateAlias: [alias],
  UpdateAlias: [alias],
  DeleteAlias: [{ AliasName: required(model.aliasName) }],
  ListAliases: [
    { KeyId: model.keyId, ...page },
    { Aliases: model.aliasList, ...nextPage },
  ],
  TagResource: [{ ...key, Tags: required(model.tags) }],
  UntagResource: [{ ...key, TagKeys: required(model.tagKeys) }],
  ListResourceTags: [
    { ...key, ...page },
    { Tags: model.tags, ...nextPage },
  ],
  GetKeyPolicy: [
    { ...key, PolicyName: model.policyName },
    { Policy: model.policy, PolicyName: model.policyName },
  ],
  PutKeyPolicy: [
    {
      ...key,
      PolicyName: model.policyName,
      Policy: required(model.policy),
      BypassPolicyLockoutSafetyCheck: flag,
    },
  ],
  ListKeyPolicies: [
    { ...key, ...page },
    { PolicyNames: model.policyNames, ...nextPage },
  ],
  Encrypt: [
    {
      ...key,
      Plaintext: required(model.plaintext),
      ...context,
      EncryptionAlgorithm: model.encryptionAlgorithm,
      ...caller,
    },
    { ...sealed, EncryptionAlgorithm: model.encryptionAlgorithm },
  ],
  Decrypt: [
    {
      ...sealed,
      ...context,
      ...caller,
      EncryptionAlgorithm: model.encryptionAlgorithm,
      Recipient: model.recipient,
      DryRunModifiers: model.dryRunModifiers,
    },
    { KeyId: model.keyId, ...opened, ...material, EncryptionAlgorithm: model.encryptionAlgorithm },
  ],
  ReEncrypt: [
    {
      CiphertextBlob: model.ciphertext,
      SourceEncryptionContext: model.encryptionContext,
      SourceKeyId: model.keyId,
      DestinationKeyId: required(model.keyId),
      DestinationEncryptionContext: model.encryptionContext,
      SourceEncryptionAlgorithm: model.encryptionAlgorithm,
      DestinationEncryptionAlgorithm: model.encryptionAlgorithm,
      ...caller,
      DryRunModifiers: model.dryRunModifiers,
    },
    {
      ...sealed,
      SourceKeyId: model.keyId,
      SourceEncryptionAlgorithm: model.encryptionAlgorithm,
      DestinationEncryptionAlgorithm: model.encryptionAlgorithm,
      SourceKeyMaterialId: model.keyMaterialId,
      DestinationKeyMaterialId: model.keyMaterialId,
    },
  ],
  GenerateDataKey: [
    { ...key, ...context, ...dataKey, ...caller, Recipient: model.recipient },
    { ...sealed, ...opened, ...material },
  ],
  GenerateDataKeyWithoutPlaintext: [
    { ...key, ...context, ...dataKey, ...caller },
    { ...sealed, ...material },
  ],
  GenerateRandom: [
    {
      NumberOfBytes: model.numberOfBytes,
      CustomKeyStoreId: model.customKeyStoreId,
      Recipient: model.recipient,
    },
    opened,
  ],
  EnableKeyRotation: [{ ...key, RotationPeriodInDays: model.rotationPeriodInDays }],
  DisableKeyRotation: [key],
  GetKeyRotationStatus: [
    key,
    {
      KeyRotationEnabled: flag,
      KeyId: model.keyId,
      RotationPeriodInDays: model.rotationPeriodInDays,
      NextRotationDate: timestamp,
      OnDemandRotationStartDate: timestamp,
    },
  ],
  RotateKeyOnDemand: [key, { KeyId: model.keyId }],
  ListKeyRotations: [
    { ...key, IncludeKeyMaterial: model.includeKeyMaterial, ...page },
    { Rotations: model.rotationList, ...nextPage },
  ],
  GetParametersForImport: [
    {
      ...key,
      WrappingAlgorithm: required(model.wrappingAlgorithm),
      WrappingKeySpec: required(model.wrappingKeySpec),
    },
    {
      KeyId: model.keyId,
      ImportToken: model.importToken,
      PublicKey: model.wrappingPublicKey,
      ParametersValidTo: timestamp,
    },
  ],
  ImportKeyMaterial: [
    {
      ...key,
      ImportToken: required(model.importToken),
      EncryptedKeyMaterial: required(model.encryptedKeyMaterial),
      ValidTo: timestamp,
      ExpirationModel: model.expirationModel,
      ImportType: model.importType,
      KeyMaterialDescription: model.keyMaterialDescription,
      KeyMaterialId: model.keyMaterialId,
    },
    { KeyId: model.keyId, KeyMaterialId: model.keyMaterialId },
  ],
  DeleteImportedKeyMaterial: [
    { ...key, KeyMaterialId: model.keyMaterialId },
    { KeyId: model.keyId, KeyMaterialId: model.keyMaterialIdReply },
  ],
};

const exported = new Map<string, unknown>(Object.entries(sdk));

describe('the shapes agree with the schemas of the AWS SDK', () => {
  it.each(Object.entries(operations))(
    '%s has the same members, required and sensitive',
    (name, [input, output]) => {
      expect({ members: readMembers(input) }).toEqual(readSdkShape(exported.get(`${name}Request$`)));
      const response = exported.get(`${name}Response$`);
      if (output === undefined) expect(response).toBeUndefined();
      else expect({ members: readMembers(output) }).toEqual(readSdkShape(response));
    },
  );

  it.each([
    ['KeySpec', model.keySpec],
    ['CustomerMasterKeySpec', model.customerMasterKeySpec],
    ['KeyUsageType', model.keyUsage],
    ['KeyState', model.keyState],
    ['OriginType', model.origin],
    ['KeyManagerType', model.keyManager],
    ['ExpirationModelType', model.expirationModel],
    ['MultiRegionKeyType', model.multiRegionKeyType],
    ['EncryptionAlgorithmSpec', model.encryptionAlgorithm],
    ['SigningAlgorithmSpec', model.signingAlgorithm],
    ['MacAlgorithmSpec', model.macAlgorithm],
    ['KeyAgreementAlgorithmSpec', model.keyAgreementAlgorithm],
    ['EncapsulationAlgorithmSpec', model.encapsulationAlgorithm],
    ['DataKeySpec', model.dataKeySpec],
    ['DryRunModifierType', model.dryRunModifiers.member],
    ['KeyEncryptionMechanism', model.recipient.members.KeyEncryptionAlgorithm],
    ['IncludeKeyMaterial', model.includeKeyMaterial],
    ['RotationType', model.rotationType],
    ['KeyMaterialState', model.keyMaterialState],
    ['ImportState', model.importState],
    ['AlgorithmSpec', model.wrappingAlgorithm],
    ['WrappingKeySpec', model.wrappingKeySpec],
    ['ImportType', model.importType],
  ])('%s has the same values', (name, shape) => {
    const values = Object.values(exported.get(name) as Readonly<Record<string, string>>);
    expect([...shape.values].sort()).toEqual(values.sort());
  });

  it('notices a member that is sensitive or required on one side only', () => {
    const plain: RequiredMember = required(model.blob());
    expect(readMembers({ Plaintext: plain })).not.toEqual(
      readMembers({ Plaintext: required(model.plaintext) }),
    );
    expect(readMembers({ Plaintext: plain })).not.toEqual(readMembers({ Plaintext: plain.shape }));
  });
});
