import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DeleteImportedKeyMaterialCommand,
  DeriveSharedSecretCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  GenerateRandomCommand,
  GetKeyLastUsageCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  type KMSClient,
  ListAliasesCommand,
  ListGrantsCommand,
  ListKeyPoliciesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ListRetirableGrantsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
  UpdatePrimaryRegionCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { generateKeyPairSync } from 'node:crypto';
import {
  EncapsulationAlgorithm,
  freeRegion,
  MacAlgorithm,
  plaintext,
  replicaRegion,
  SigningAlgorithm,
  type WrappedMaterial,
} from './key-kinds.ts';
import { doesNotExpire } from '../import/importing.ts';
import { accountId, region as homeRegion, rootArn } from './kms-under-test.ts';

/** What a request on a key may need besides the key. */
export interface Subject {
  /** Whichever form of key identifier is tried. */
  readonly KeyId: string;
  /** What the key made: a ciphertext, a signature of `plaintext`, its MAC, or an encapsulated secret, as its kind is. */
  readonly ciphertextBlob: Uint8Array;
  /** What may be imported into a key of kind `imported`. */
  readonly wrapped?: WrappedMaterial | undefined;
  /** An alias of the key. */
  readonly aliasName: string;
  /** A name that no alias has yet. */
  readonly freeAliasName: string;
  /** A grant of the key. */
  readonly grantId?: string | undefined;
}

interface Reply {
  readonly $metadata: {
    readonly requestId?: string | undefined;
    readonly httpStatusCode?: number | undefined;
  };
}
export type Request = (client: KMSClient, subject: Subject) => Promise<Reply>;

/** Enough for a request that is refused before it is looked at. */
const nothingWrapped = { ImportToken: new Uint8Array([1]), EncryptedKeyMaterial: new Uint8Array([1]) };
/** An id of the right form that no grant has. */
const noGrantId = '00'.repeat(32);
const KeyPairSpec = 'ECC_NIST_P256';

/** Somebody else's public key on P-256: a SubjectPublicKeyInfo. */
const peerPublicKey = generateKeyPairSync('ec', {
  namedCurve: 'prime256v1',
  publicKeyEncoding: { format: 'der', type: 'spki' },
  privateKeyEncoding: { format: 'der', type: 'pkcs8' },
}).publicKey;

/** Lets the root of the account do everything: the default key policy in short. */
export function rootPolicy(account = accountId): string {
  const Principal = { AWS: `arn:aws:iam::${account}:root` };
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }],
  });
}

/** Operations whose `KeyId` takes a key id or key ARN only. */
export const requestsByIdOrArn: Readonly<Record<string, Request>> = {
  CancelKeyDeletion: (client, { KeyId }) => client.send(new CancelKeyDeletionCommand({ KeyId })),
  CreateGrant: (client, { KeyId }) =>
    client.send(new CreateGrantCommand({ KeyId, GranteePrincipal: rootArn, Operations: ['DescribeKey'] })),
  DeleteImportedKeyMaterial: (client, { KeyId }) =>
    client.send(new DeleteImportedKeyMaterialCommand({ KeyId })),
  DisableKey: (client, { KeyId }) => client.send(new DisableKeyCommand({ KeyId })),
  DisableKeyRotation: (client, { KeyId }) => client.send(new DisableKeyRotationCommand({ KeyId })),
  EnableKey: (client, { KeyId }) => client.send(new EnableKeyCommand({ KeyId })),
  EnableKeyRotation: (client, { KeyId }) => client.send(new EnableKeyRotationCommand({ KeyId })),
  GetKeyLastUsage: (client, { KeyId }) => client.send(new GetKeyLastUsageCommand({ KeyId })),
  GetKeyPolicy: (client, { KeyId }) => client.send(new GetKeyPolicyCommand({ KeyId })),
  GetKeyRotationStatus: (client, { KeyId }) => client.send(new GetKeyRotationStatusCommand({ KeyId })),
  GetParametersForImport: (client, { KeyId }) =>
    client.send(
      new GetParametersForImportCommand({
        KeyId,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      }),
    ),
  ImportKeyMaterial: (client, { KeyId, wrapped = nothingWrapped }) =>
    client.send(new ImportKeyMaterialCommand({ KeyId, ...wrapped, ...doesNotExpire })),
  ListAliases: (client, { KeyId }) => client.send(new ListAliasesCommand({ KeyId })),
  ListGrants: (client, { KeyId }) => client.send(new ListGrantsCommand({ KeyId })),
  ListKeyPolicies: (client, { KeyId }) => client.send(new ListKeyPoliciesCommand({ KeyId })),
  ListKeyRotations: (client, { KeyId }) => client.send(new ListKeyRotationsCommand({ KeyId })),
  ListResourceTags: (client, { KeyId }) => client.send(new ListResourceTagsCommand({ KeyId })),
  PutKeyPolicy: (client, { KeyId }) => client.send(new PutKeyPolicyCommand({ KeyId, Policy: rootPolicy() })),
  ReplicateKey: (client, { KeyId }) =>
    client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: freeRegion })),
  RetireGrant: (client, { KeyId, grantId: GrantId = noGrantId }) =>
    client.send(new RetireGrantCommand({ KeyId, GrantId })),
  RevokeGrant: (client, { KeyId, grantId: GrantId = noGrantId }) =>
    client.send(new RevokeGrantCommand({ KeyId, GrantId })),
  RotateKeyOnDemand: (client, { KeyId }) => client.send(new RotateKeyOnDemandCommand({ KeyId })),
  ScheduleKeyDeletion: (client, { KeyId }) => client.send(new ScheduleKeyDeletionCommand({ KeyId })),
  TagResource: (client, { KeyId }) =>
    client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'Purpose', TagValue: 'Test' }] })),
  UntagResource: (client, { KeyId }) =>
    client.send(new UntagResourceCommand({ KeyId, TagKeys: ['Purpose'] })),
  UpdateKeyDescription: (client, { KeyId }) =>
    client.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'new' })),
  UpdatePrimaryRegion: async (client, { KeyId }) => {
    const here = await client.config.region();
    const PrimaryRegion = here === replicaRegion ? homeRegion : replicaRegion;
    return await client.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion }));
  },
};

/** Operations whose `KeyId` (or `DestinationKeyId`) takes all four forms. */
export const requestsByAnyForm: Readonly<Record<string, Request>> = {
  Decapsulate: (client, { KeyId, ciphertextBlob: SharedSecretCiphertextBlob }) =>
    client.send(new DecapsulateCommand({ KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm })),
  Decrypt: (client, { KeyId, ciphertextBlob }) =>
    client.send(new DecryptCommand({ KeyId, CiphertextBlob: ciphertextBlob })),
  DeriveSharedSecret: (client, { KeyId }) =>
    client.send(
      new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: peerPublicKey }),
    ),
  DescribeKey: (client, { KeyId }) => client.send(new DescribeKeyCommand({ KeyId })),
  Encapsulate: (client, { KeyId }) => client.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm })),
  Encrypt: (client, { KeyId }) => client.send(new EncryptCommand({ KeyId, Plaintext: plaintext })),
  GenerateDataKey: (client, { KeyId }) =>
    client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
  GenerateDataKeyPair: (client, { KeyId }) =>
    client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec })),
  GenerateDataKeyPairWithoutPlaintext: (client, { KeyId }) =>
    client.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec })),
  GenerateDataKeyWithoutPlaintext: (client, { KeyId }) =>
    client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' })),
  GenerateMac: (client, { KeyId }) =>
    client.send(new GenerateMacCommand({ KeyId, Message: plaintext, MacAlgorithm })),
  GetPublicKey: (client, { KeyId }) => client.send(new GetPublicKeyCommand({ KeyId })),
  ReEncrypt: (client, { KeyId, ciphertextBlob }) =>
    client.send(
      new ReEncryptCommand({ SourceKeyId: KeyId, DestinationKeyId: KeyId, CiphertextBlob: ciphertextBlob }),
    ),
  Sign: (client, { KeyId }) => client.send(new SignCommand({ KeyId, Message: plaintext, SigningAlgorithm })),
  Verify: (client, { KeyId, ciphertextBlob: Signature }) =>
    client.send(new VerifyCommand({ KeyId, Message: plaintext, Signature, SigningAlgorithm })),
  VerifyMac: (client, { KeyId, ciphertextBlob: Mac }) =>
    client.send(new VerifyMacCommand({ KeyId, Message: plaintext, Mac, MacAlgorithm })),
};

/** Operations on an alias; `TargetKeyId` takes a key id or key ARN. */
export const requestsOnAlias: Readonly<Record<string, Request>> = {
  CreateAlias: (client, { KeyId, freeAliasName }) =>
    client.send(new CreateAliasCommand({ AliasName: freeAliasName, TargetKeyId: KeyId })),
  DeleteAlias: (client, { aliasName }) => client.send(new DeleteAliasCommand({ AliasName: aliasName })),
  UpdateAlias: (client, { KeyId, aliasName }) =>
    client.send(new UpdateAliasCommand({ AliasName: aliasName, TargetKeyId: KeyId })),
};

/** Operations that need no key. */
export const requestsWithoutKey: Readonly<Record<string, Request>> = {
  CreateKey: (client) => client.send(new CreateKeyCommand({})),
  GenerateRandom: (client) => client.send(new GenerateRandomCommand({ NumberOfBytes: 32 })),
  ListKeys: (client) => client.send(new ListKeysCommand({})),
  ListRetirableGrants: (client) =>
    client.send(new ListRetirableGrantsCommand({ RetiringPrincipal: rootArn })),
};

export const requestsOnKey: Readonly<Record<string, Request>> = {
  ...requestsByIdOrArn,
  ...requestsByAnyForm,
  ...requestsOnAlias,
};

/** One correct request for each operation. */
export const requests: Readonly<Record<string, Request>> = { ...requestsOnKey, ...requestsWithoutKey };
