import * as sdk from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import * as model from './index.ts';
import type { Members, RequiredMember, Shape } from './index.ts';

/** What both sides say about a shape, in one notation: our limits and their names are left out. */
type Notation =
  string | { readonly list: Notation } | { readonly members: Readonly<Record<string, Notation>> };

// The SDK's schemas are arrays: simple [0, ns, name, traits, type], list [1, ..., member], map [2, ...],
// structure [3, ns, name, traits, names, members, count of required members, which come first]. A member is a type
// number, a schema, a function that returns one, or a pair of one of these and traits. Trait 8 is "sensitive".
const simpleTypes = new Map([
  [0, 'string'],
  [1, 'integer'],
  [2, 'flag'],
  [4, 'timestamp'],
  [21, 'blob'],
]);
const sensitiveTrait = 8;

function readSdk(reference: unknown): Notation {
  if (typeof reference === 'function') return readSdk((reference as () => unknown)());
  if (typeof reference === 'number') return readSdkType(reference);
  if (!Array.isArray(reference)) throw new Error('not a schema');
  const schema = reference as readonly unknown[];
  if (schema.length === 2) return readSdk(schema[0]);
  const traits = schema[3];
  const sensitive = typeof traits === 'number' && (traits & sensitiveTrait) !== 0 ? 'sensitive ' : '';
  if (schema[0] === 0) return `${sensitive}${JSON.stringify(readSdk(schema[4])).replaceAll('"', '')}`;
  if (schema[0] === 1) return { list: readSdk(schema[4]) };
  if (schema[0] === 3) return { members: readSdkMembers(schema) };
  throw new Error(`a schema of kind ${String(schema[0])}`);
}

function readSdkType(type: number): Notation {
  if (type >= 128) return 'stringMap';
  if (type >= 64) return { list: readSdkType(type - 64) };
  const name = simpleTypes.get(type);
  if (name === undefined) throw new Error(`a type ${type}`);
  return name;
}

function readSdkMembers(schema: readonly unknown[]): Readonly<Record<string, Notation>> {
  const names = schema[4] as readonly string[];
  const types = schema[5] as readonly unknown[];
  const requiredCount = typeof schema[6] === 'number' ? schema[6] : 0;
  return Object.fromEntries(
    names.map((name, index) => [index < requiredCount ? `${name}*` : name, readSdk(types[index])]),
  );
}

function readOurs(shape: Shape): Notation {
  switch (shape.kind) {
    case 'string':
    case 'blob':
      return shape.sensitive ? `sensitive ${shape.kind}` : shape.kind;
    case 'enumeration':
      return 'string';
    case 'list':
      return { list: readOurs(shape.member) };
    case 'structure':
      return { members: readOurMembers(shape.members) };
    case 'integer':
    case 'flag':
    case 'timestamp':
    case 'stringMap':
      return shape.kind;
  }
}

function readOurMembers(members: Members): Readonly<Record<string, Notation>> {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) =>
      member.kind === 'required' ? [`${name}*`, readOurs(member.shape)] : [name, readOurs(member)],
    ),
  );
}

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
};

const exported = new Map<string, unknown>(Object.entries(sdk));

describe('the shapes agree with the schemas of the AWS SDK', () => {
  it.each(Object.entries(operations))(
    '%s has the same members, required and sensitive',
    (name, [input, output]) => {
      expect({ members: readOurMembers(input) }).toEqual(readSdk(exported.get(`${name}Request$`)));
      const response = exported.get(`${name}Response$`);
      if (output === undefined) expect(response).toBeUndefined();
      else expect({ members: readOurMembers(output) }).toEqual(readSdk(response));
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
  ])('%s has the same values', (name, shape) => {
    const values = Object.values(exported.get(name) as Readonly<Record<string, string>>);
    expect([...shape.values].sort()).toEqual(values.sort());
  });

  it('notices a member that is sensitive or required on one side only', () => {
    const plain: RequiredMember = required(model.blob());
    expect(readOurMembers({ Plaintext: plain })).not.toEqual(
      readOurMembers({ Plaintext: required(model.plaintext) }),
    );
    expect(readOurMembers({ Plaintext: plain })).not.toEqual(readOurMembers({ Plaintext: plain.shape }));
  });
});
