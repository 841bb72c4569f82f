import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetKeyLastUsageCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeyPoliciesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { accountId } from './kms-under-test.ts';

/** What a request on a key may need besides the key. */
export interface Subject {
  /** Whichever form of key identifier is tried. */
  readonly KeyId: string;
  /** A ciphertext that the key made. */
  readonly ciphertextBlob: Uint8Array;
  /** An alias of the key. */
  readonly aliasName: string;
  /** A name that no alias has yet. */
  readonly freeAliasName: string;
}

interface Reply {
  readonly $metadata: {
    readonly requestId?: string | undefined;
    readonly httpStatusCode?: number | undefined;
  };
}
export type Request = (client: KMSClient, subject: Subject) => Promise<Reply>;

const plaintext = new Uint8Array([1, 2, 3]);

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
  DisableKey: (client, { KeyId }) => client.send(new DisableKeyCommand({ KeyId })),
  DisableKeyRotation: (client, { KeyId }) => client.send(new DisableKeyRotationCommand({ KeyId })),
  EnableKey: (client, { KeyId }) => client.send(new EnableKeyCommand({ KeyId })),
  EnableKeyRotation: (client, { KeyId }) => client.send(new EnableKeyRotationCommand({ KeyId })),
  GetKeyLastUsage: (client, { KeyId }) => client.send(new GetKeyLastUsageCommand({ KeyId })),
  GetKeyPolicy: (client, { KeyId }) => client.send(new GetKeyPolicyCommand({ KeyId })),
  GetKeyRotationStatus: (client, { KeyId }) => client.send(new GetKeyRotationStatusCommand({ KeyId })),
  ListAliases: (client, { KeyId }) => client.send(new ListAliasesCommand({ KeyId })),
  ListKeyPolicies: (client, { KeyId }) => client.send(new ListKeyPoliciesCommand({ KeyId })),
  ListKeyRotations: (client, { KeyId }) => client.send(new ListKeyRotationsCommand({ KeyId })),
  ListResourceTags: (client, { KeyId }) => client.send(new ListResourceTagsCommand({ KeyId })),
  PutKeyPolicy: (client, { KeyId }) => client.send(new PutKeyPolicyCommand({ KeyId, Policy: rootPolicy() })),
  RotateKeyOnDemand: (client, { KeyId }) => client.send(new RotateKeyOnDemandCommand({ KeyId })),
  ScheduleKeyDeletion: (client, { KeyId }) => client.send(new ScheduleKeyDeletionCommand({ KeyId })),
  TagResource: (client, { KeyId }) =>
    client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'Purpose', TagValue: 'Test' }] })),
  UntagResource: (client, { KeyId }) =>
    client.send(new UntagResourceCommand({ KeyId, TagKeys: ['Purpose'] })),
  UpdateKeyDescription: (client, { KeyId }) =>
    client.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'new' })),
};

/** Operations whose `KeyId` (or `DestinationKeyId`) takes all four forms. */
export const requestsByAnyForm: Readonly<Record<string, Request>> = {
  Decrypt: (client, { KeyId, ciphertextBlob }) =>
    client.send(new DecryptCommand({ KeyId, CiphertextBlob: ciphertextBlob })),
  DescribeKey: (client, { KeyId }) => client.send(new DescribeKeyCommand({ KeyId })),
  Encrypt: (client, { KeyId }) => client.send(new EncryptCommand({ KeyId, Plaintext: plaintext })),
  GenerateDataKey: (client, { KeyId }) =>
    client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
  GenerateDataKeyWithoutPlaintext: (client, { KeyId }) =>
    client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' })),
  ReEncrypt: (client, { KeyId, ciphertextBlob }) =>
    client.send(
      new ReEncryptCommand({ SourceKeyId: KeyId, DestinationKeyId: KeyId, CiphertextBlob: ciphertextBlob }),
    ),
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
};

export const requestsOnKey: Readonly<Record<string, Request>> = {
  ...requestsByIdOrArn,
  ...requestsByAnyForm,
  ...requestsOnAlias,
};

/** One correct request for each operation. */
export const requests: Readonly<Record<string, Request>> = { ...requestsOnKey, ...requestsWithoutKey };
