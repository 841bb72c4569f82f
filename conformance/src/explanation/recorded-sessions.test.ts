import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { refusalOf, type TestService } from '@keyhaven/testkit';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { accessKey, clientOf, keyArnOf, own, region, roleArn, startSeeded } from './seeded-cast.ts';
import type { SeenRecord } from './seen.ts';

let service: TestService;

beforeEach(async () => {
  service = await startSeeded();
  onTestFinished(() => service.close());
});

/** Explains the request that the journal told of last. */
const explainLast = async () => {
  const last = service.journal().findLast(({ accessKeyId }) => accessKeyId !== undefined);
  return (await service.admin('explain-request', {
    requestId: last?.['requestId'],
  })) as unknown as SeenRecord;
};

describe('A request of a role session', () => {
  const stsClient = (name: string) => {
    const client = new STSClient({ endpoint: service.url, region, credentials: accessKey(name) });
    onTestFinished(() => {
      client.destroy();
    });
    return client;
  };

  /** Decrypt as a session of the role, which the key policy of `direct` names. */
  async function decryptAsSession(Policy: string | undefined): Promise<void> {
    const { CiphertextBlob } = await clientOf(service, 'nobody').send(
      new EncryptCommand({ KeyId: keyArnOf('direct'), Plaintext: Buffer.from('text') }),
    );
    const RoleArn = roleArn('deploy');
    const request = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'release', Policy });
    const { Credentials: made } = await stsClient('alice').send(request);
    const credentials = {
      accessKeyId: made?.AccessKeyId ?? '',
      secretAccessKey: made?.SecretAccessKey ?? '',
      sessionToken: made?.SessionToken ?? '',
    };
    const client = service.client({ region, credentials });
    await client
      .send(new DecryptCommand({ CiphertextBlob, KeyId: keyArnOf('direct') }))
      .catch(() => undefined);
  }

  it('is explained as that session, with the role that let it in', async () => {
    await decryptAsSession(undefined);
    const told = await explainLast();
    expect(told).toMatchObject({
      then: { outcome: 'allowed', decidedBy: 'Role' },
      now: { principal: `arn:aws:sts::${own}:assumed-role/deploy/release`, decision: 'allowed' },
      differs: false,
      unrecorded: { facts: expect.arrayContaining(['session policies', 'session tags']) as string[] },
    });
  });

  it('says that session policies are not recorded, where one refused it', async () => {
    const statement = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' };
    await decryptAsSession(JSON.stringify({ Version: '2012-10-17', Statement: statement }));
    const told = await explainLast();
    expect(told.then.errorMessage).toContain('because no session policy allows the kms:Decrypt action');
    expect(told).toMatchObject({ now: { decision: 'allowed' }, differs: true });
    expect(told.unrecorded.facts).toContain('session policies');
  });

  it('is explained also where the role was not to be had: AssumeRole', async () => {
    await refusalOf(
      stsClient('nobody').send(
        new AssumeRoleCommand({ RoleArn: roleArn('deploy'), RoleSessionName: 'release' }),
      ),
    );
    const told = await explainLast();
    expect(told.then.outcome).toBe('denied');
    expect(told.now?.permissions[0]).toMatchObject({ action: 'sts:AssumeRole', resource: roleArn('deploy') });
    expect(told.now?.error?.message).toBe(told.then.errorMessage);
  });
});
