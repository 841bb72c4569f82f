import {
  CreateGrantCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ActRefused, refusalOf, type TestService } from '@keyhaven/testkit';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { accessKey, clientOf, keyArnOf, own, region, rootArn, startSeeded, userArn } from './seeded-cast.ts';
import type { SeenRecord } from './seen.ts';

let service: TestService;

beforeEach(async () => {
  service = await startSeeded();
  onTestFinished(() => service.close());
});

const Plaintext = Buffer.from('text');

/** The id of the request that the journal told of last. */
const lastId = (): string =>
  String(service.journal().findLast(({ accessKeyId }) => accessKeyId !== undefined)?.['requestId']);

const explainLast = async () =>
  (await service.admin('explain-request', { requestId: lastId() })) as unknown as SeenRecord;

const encrypt = (who: string, KeyId: string, EncryptionContext: Record<string, string> = {}) =>
  clientOf(service, who).send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));

describe('A request of the journal that was refused', () => {
  it('is explained with what it said then, and the statement that almost allows it', async () => {
    const { message } = await refusalOf(encrypt('nobody', 'alias/conditional', { purpose: 'other' }));
    const told = await explainLast();
    expect(told.then).toMatchObject({ outcome: 'denied', errorMessage: message });
    expect(told.now).toMatchObject({ decision: 'denied', error: { message } });
    expect(told.now?.permissions[0]?.policies[0]?.near).toEqual([
      {
        sid: 'Backup only',
        index: 0,
        unmet: [
          {
            key: 'kms:EncryptionContext:purpose',
            operator: 'StringEquals',
            wanted: ['backup'],
            said: ['other'],
          },
        ],
      },
    ]);
    expect(told.differs).toBe(false);
  });

  it('is allowed now, and said to differ, once a grant lets the caller in', async () => {
    await refusalOf(encrypt('nobody', keyArnOf('delegating')));
    const requestId = lastId();
    await clientOf(service, 'root').send(
      new CreateGrantCommand({
        KeyId: keyArnOf('delegating'),
        GranteePrincipal: userArn('nobody'),
        Operations: ['Encrypt'],
      }),
    );
    const told = (await service.admin('explain-request', { requestId })) as unknown as SeenRecord;
    expect(told).toMatchObject({ then: { outcome: 'denied' }, now: { decision: 'allowed' }, differs: true });
  });

  it('is explained for each of its permissions: ReEncrypt from one key to another', async () => {
    const { CiphertextBlob } = await encrypt('alice', keyArnOf('delegating'));
    const request = new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: keyArnOf('direct') });
    const { message } = await refusalOf(clientOf(service, 'alice').send(request));
    const { now } = await explainLast();
    expect(now?.permissions.map(({ action, resource, decision }) => [action, resource, decision])).toEqual([
      ['kms:ReEncryptFrom', keyArnOf('delegating'), 'Allow'],
      ['kms:ReEncryptTo', keyArnOf('direct'), 'ImplicitDeny'],
    ]);
    expect(now?.error?.message).toBe(message);
  });

  it('tells the administrator what Decrypt without a key id conceals from the client', async () => {
    const { CiphertextBlob } = await encrypt('alice', keyArnOf('delegating'));
    const { message } = await refusalOf(
      clientOf(service, 'nobody').send(new DecryptCommand({ CiphertextBlob })),
    );
    expect(message).toContain('The ciphertext refers to');
    const told = await explainLast();
    expect(told.then.errorMessage).toBe(message);
    expect(told.now?.summary).toBe('DENIED: because no identity-based policy allows the kms:Decrypt action');
  });

  it('is explained also of a service, by its name', async () => {
    await refusalOf(
      clientOf(service, 's3').send(new EncryptCommand({ KeyId: keyArnOf('direct'), Plaintext })),
    );
    const told = await explainLast();
    expect(told).toMatchObject({
      then: { outcome: 'denied' },
      now: { principal: 's3.amazonaws.com', decision: 'denied' },
    });
  });
});

describe('A request of the journal that was served', () => {
  it('is explained by what let it in, then and now', async () => {
    await encrypt('alice', keyArnOf('delegating'));
    const told = await explainLast();
    expect(told).toMatchObject({
      then: { outcome: 'allowed', decidedBy: 'Delegate, identity-based policy all#All' },
      now: { decision: 'allowed' },
      differs: false,
    });
    expect(told.unrecorded.facts).toContain('grant tokens');
  });

  it('is refused now, and said to differ, once the key policy lets the caller in no more', async () => {
    await clientOf(service, 's3').send(
      new GenerateDataKeyCommand({ KeyId: keyArnOf('direct'), KeySpec: 'AES_256' }),
    );
    const requestId = lastId();
    const statement = { Effect: 'Allow', Principal: { AWS: rootArn() }, Action: 'kms:*', Resource: '*' };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    await clientOf(service, 'root').send(new PutKeyPolicyCommand({ KeyId: keyArnOf('direct'), Policy }));
    const told = (await service.admin('explain-request', { requestId })) as unknown as SeenRecord;
    expect(told).toMatchObject({ then: { outcome: 'allowed' }, now: { decision: 'denied' }, differs: true });
  });

  it('takes no permission where it is about the caller alone', async () => {
    const client = new STSClient({ endpoint: service.url, region, credentials: accessKey('nobody') });
    onTestFinished(() => {
      client.destroy();
    });
    await client.send(new GetCallerIdentityCommand({}));
    expect((await explainLast()).now).toMatchObject({
      summary: 'ALLOWED: it takes no permission',
      permissions: [],
    });
  });
});

describe('A request of the journal that failed otherwise', () => {
  it('before any permission was asked for, says so: a member that is not valid', async () => {
    await refusalOf(
      clientOf(service, 'alice').send(
        new EncryptCommand({ KeyId: 'alias/direct', Plaintext: Buffer.alloc(0) }),
      ),
    );
    const told = await explainLast();
    expect(told.then.outcome).toBe('failed before authorization');
    expect(told.now).toBeUndefined();
    expect(told.whyNotNow).toBe('It cannot be asked again: the record does not tell which key it was about.');
    expect(told.differs).toBeUndefined();
  });

  it('before any permission was asked for, says so: a key that does not exist', async () => {
    await refusalOf(encrypt('alice', 'alias/none'));
    const told = await explainLast();
    expect(told.then.outcome).toBe('failed before authorization');
    expect(told.now).toMatchObject({
      decision: 'refused',
      error: {
        code: 'NotFoundException',
        message: `Alias arn:aws:kms:${region}:${own}:alias/none is not found.`,
      },
    });
  });

  it('behind the permissions, says that they were given: a key of another usage', async () => {
    const request = {
      KeyId: keyArnOf('delegating'),
      Message: Plaintext,
      SigningAlgorithm: 'ECDSA_SHA_256',
    } as const;
    await refusalOf(clientOf(service, 'alice').send(new SignCommand(request)));
    const told = await explainLast();
    expect(told).toMatchObject({
      then: { outcome: 'failed after authorization' },
      now: { decision: 'allowed' },
      differs: false,
    });
  });

  it('on a ciphertext that names no key, says that the key is not known', async () => {
    await refusalOf(
      clientOf(service, 'alice').send(new DecryptCommand({ CiphertextBlob: Buffer.from('x') })),
    );
    expect((await explainLast()).whyNotNow).toContain('does not tell which key');
  });
});

describe('A request id is refused', () => {
  it.each(['none', '0e7cb7fd-89a9-4a49-8bb8-2fd15c1bd4a1', '"requestId"', 'x'.repeat(8192)])(
    'where the journal has no such request: %s',
    async (requestId) => {
      const refusal: unknown = await service
        .admin('explain-request', { requestId })
        .catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(ActRefused);
      expect(refusal).toMatchObject({
        message: `The journal has no request ${JSON.stringify(requestId)}.`,
        nextStep: expect.stringContaining('security.log') as string,
      });
    },
  );

  it('where nobody had signed it: those are not in the journal', async () => {
    const client = service.client({
      region,
      credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' },
    });
    const request = client.send(new EncryptCommand({ KeyId: keyArnOf('direct'), Plaintext }));
    const error: unknown = await request.catch((one: unknown) => one);
    const { requestId } = (error as { readonly $metadata: { readonly requestId: string } }).$metadata;
    await expect(service.admin('explain-request', { requestId })).rejects.toThrow(
      'The journal has no request',
    );
  });
});
