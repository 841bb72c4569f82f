import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { tokenFor } from './forwarding.ts';
import {
  accountId,
  allows,
  type Credentials,
  document,
  keyId,
  keyOf,
  keyOfUser,
  region,
  statement,
  user,
  useSessions,
} from './sessions-under-test.ts';

const viaS3 = { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } };

const sessions = useSessions({
  accounts: [
    {
      id: accountId,
      users: [user('alice', { use: allows(['kms:Encrypt', 'kms:Decrypt']) })],
      services: [{ name: 's3.amazonaws.com', accessKeys: [keyOf('AKIAOFS3')] }],
      regions: {
        [region]: {
          keys: [
            {
              keyId,
              aliases: ['alias/orders'],
              policy: document(
                statement('Allow', ['kms:Encrypt', 'kms:Decrypt'], {
                  Principal: { AWS: accountId },
                  Resource: '*',
                  Condition: viaS3,
                }),
                statement('Allow', ['kms:PutKeyPolicy', 'kms:DescribeKey'], {
                  Principal: { AWS: accountId },
                  Resource: '*',
                }),
              ),
            },
          ],
        },
      },
    },
  ],
});

/** The client of docs/services.md: the SDK's, which signs for the service, with the token for one user. */
function clientFor(service: Credentials, token: string): KMSClient {
  const kms = new KMSClient({ endpoint: sessions.service.url, region, credentials: service, maxAttempts: 1 });
  kms.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-keyhaven-forwarded-access'] = token;
      return next(args);
    },
    { step: 'build' },
  );
  return kms;
}

describe('The client that the documentation shows', () => {
  it('uses a key for a user who may use it only through the service', async () => {
    const alice = keyOfUser('alice');
    const Plaintext = Buffer.from('an order');
    const direct = await refusalOf(sessions.kms(alice).send(new EncryptCommand({ KeyId: keyId, Plaintext })));
    expect(direct.name).toBe('AccessDeniedException');
    const token = await tokenFor(sessions.service.url, keyOf('AKIAOFS3'), alice, {
      method: 'PUT',
      path: '/orders/17',
      body: 'an order',
    });
    const kms = clientFor(keyOf('AKIAOFS3'), token);
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext }));
    const decrypted = await kms.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(decrypted.Plaintext ?? []).toString()).toBe('an order');
    kms.destroy();
  });
});
