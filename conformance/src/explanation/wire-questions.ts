import {
  DescribeKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListGrantsCommand,
} from '@aws-sdk/client-kms';
import { type Refusal, refusalOf } from '@keyhaven/testkit';

type Context = Record<string, string>;

/** Requests that can be made of a symmetric key, each by the action that it takes. */
const requests = {
  'kms:Encrypt': (client: KMSClient, KeyId: string, EncryptionContext: Context) =>
    client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('text'), EncryptionContext })),
  'kms:GenerateDataKey': (client: KMSClient, KeyId: string, EncryptionContext: Context) =>
    client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext })),
  'kms:DescribeKey': (client: KMSClient, KeyId: string) => client.send(new DescribeKeyCommand({ KeyId })),
  'kms:GetKeyPolicy': (client: KMSClient, KeyId: string) => client.send(new GetKeyPolicyCommand({ KeyId })),
  'kms:ListGrants': (client: KMSClient, KeyId: string) => client.send(new ListGrantsCommand({ KeyId })),
  'kms:EnableKey': (client: KMSClient, KeyId: string) => client.send(new EnableKeyCommand({ KeyId })),
  'kms:GetKeyRotationStatus': (client: KMSClient, KeyId: string) =>
    client.send(new GetKeyRotationStatusCommand({ KeyId })),
};

export type WireAction = keyof typeof requests;

export const wireActions = Object.keys(requests) as readonly WireAction[];

/** What the service answers to the request itself: undefined where it is served. */
export async function refusedOnTheWire(
  client: KMSClient,
  action: WireAction,
  keyId: string,
  context: Context,
): Promise<Refusal | undefined> {
  const reply: Promise<object> = requests[action](client, keyId, context);
  return reply.then(
    () => undefined,
    (error: unknown) => refusalOf(Promise.reject(error as Error)),
  );
}
