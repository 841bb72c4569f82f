import { existsSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { CreateKeyCommand, type KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

let service: TestService;

beforeEach(async () => {
  service = await startTestService();
  onTestFinished(() => service.close());
});

interface Credentials {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const createAccount = async (body: object = {}) =>
  (await service.admin('account-create', body)) as unknown as Credentials;

const clientOf = ({ accessKeyId, secretAccessKey }: Credentials): KMSClient =>
  service.client({ credentials: { accessKeyId, secretAccessKey } });

const acts = () =>
  service
    .journal()
    .filter(({ eventType, operator }) => eventType === 'KeyhavenAdministration' && operator === 'socket')
    .map(({ eventName }) => eventName);

/** Something sent to the socket that no command of ours would send. */
async function raw(path: string, method: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const socketPath = join(service.dataDir, 'admin.sock');
    const sent = request({ socketPath, path, method }, (reply) => {
      let text = '';
      reply.on('data', (chunk: Buffer) => (text += chunk.toString()));
      reply.on('end', () => {
        resolve({ status: reply.statusCode ?? 0, text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('An account that an administrator makes', () => {
  it('works at once with its credentials, and sees nothing of other accounts', async () => {
    const account = await createAccount({ name: 'payments' });
    expect(account.accountId).toMatch(/^[1-9]\d{11}$/);
    expect(account.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(account.secretAccessKey).toHaveLength(40);
    await service.client().send(new CreateKeyCommand({}));
    expect((await clientOf(account).send(new ListKeysCommand({}))).Keys).toEqual([]);
  });

  it('is listed with its name and the number of its keys, and nothing else about them', async () => {
    const account = await createAccount({ accountId: '123456789012', name: 'payments' });
    await clientOf(account).send(new CreateKeyCommand({ Description: 'a description' }));
    const { accounts } = await service.admin('account-list');
    expect(accounts).toMatchObject([
      { accountId: '000000000000', keys: 0, status: 'enabled' },
      { accountId: '123456789012', keys: 1, name: 'payments', status: 'enabled' },
    ]);
    expect(JSON.stringify(accounts)).not.toContain('a description');
  });

  it('is refused an id that exists', async () => {
    await expect(service.admin('account-create', { accountId: '000000000000' })).rejects.toThrow(
      'There is an account 000000000000 already.',
    );
  });

  it.each([{ accountId: '12' }, { accountId: 'abcdefghijkl' }, { name: '' }, { other: 1 }, []])(
    'is refused %j',
    async (body) => {
      await expect(service.admin('account-create', body)).rejects.toThrow();
    },
  );

  it('leaves its secret in no file', async () => {
    const { secretAccessKey } = await createAccount();
    for (const name of ['keyhaven.db', 'keyhaven.db-wal', 'journal/0000000001.jsonl', 'security.log']) {
      const path = join(service.dataDir, name);
      if (existsSync(path)) expect(readFileSync(path).includes(secretAccessKey)).toBe(false);
    }
    expect(JSON.stringify(service.journal())).not.toContain(secretAccessKey);
  });
});

describe('An account that an administrator disables', () => {
  it('is refused from the reply on, also to who was served a moment before, until it is enabled', async () => {
    const account = await createAccount();
    const { accountId } = account;
    const kms = clientOf(account);
    await kms.send(new ListKeysCommand({}));
    await service.admin('account-disable', { accountId });
    expect((await refusalOf(kms.send(new ListKeysCommand({})))).name).toBe('UnrecognizedClientException');
    const { accounts } = await service.admin('account-list');
    expect(accounts).toContainEqual(expect.objectContaining({ accountId, status: 'disabled' }));
    await service.admin('account-enable', { accountId });
    await kms.send(new ListKeysCommand({}));
  });

  it('stays disabled over a restart', async () => {
    const account = await createAccount();
    await service.admin('account-disable', { accountId: account.accountId });
    const again = await service.restart();
    onTestFinished(() => again.close());
    const { accessKeyId, secretAccessKey } = account;
    const kms = again.client({ credentials: { accessKeyId, secretAccessKey } });
    expect((await refusalOf(kms.send(new ListKeysCommand({})))).name).toBe('UnrecognizedClientException');
  });

  it.each(['account-disable', 'account-enable', 'account-recover', 'access-key-list'])(
    'is refused by name where there is none: %s',
    async (act) => {
      await expect(service.admin(act, { accountId: '999999999999' })).rejects.toThrow(
        'There is no account 999999999999.',
      );
    },
  );
});

describe('An access key that an administrator disables', () => {
  it('is refused from the reply on', async () => {
    const account = await createAccount();
    const kms = clientOf(account);
    await kms.send(new ListKeysCommand({}));
    const { accessKeyId } = account;
    await service.admin('access-key-disable', { accessKeyId });
    expect((await refusalOf(kms.send(new ListKeysCommand({})))).name).toBe('UnrecognizedClientException');
    const { accessKeys } = await service.admin('access-key-list', { accountId: account.accountId });
    expect(accessKeys).toMatchObject([{ accessKeyId, status: 'Inactive' }]);
  });

  it('is refused by name where there is none', async () => {
    await expect(service.admin('access-key-disable', { accessKeyId: 'AKIANOSUCH' })).rejects.toThrow(
      'There is no access key AKIANOSUCH.',
    );
  });
});

describe('An account that an administrator recovers', () => {
  it('gets a new access key and loses every older one, so that its users notice', async () => {
    const account = await createAccount();
    const kms = clientOf(account);
    await kms.send(new CreateKeyCommand({}));
    const { accountId } = account;
    const recovered = await service.admin('account-recover', { accountId });
    expect(recovered['deactivated']).toEqual([account.accessKeyId]);
    expect((await refusalOf(kms.send(new ListKeysCommand({})))).name).toBe('UnrecognizedClientException');
    const renewed = clientOf(recovered as unknown as Credentials);
    expect((await renewed.send(new ListKeysCommand({}))).Keys).toHaveLength(1);
  });
});

describe('Every act of an administrator', () => {
  it('leaves one record, with who asked and what for, refused or not', async () => {
    const { accountId } = await createAccount();
    await service.admin('account-disable', { accountId });
    await service.admin('account-list');
    await service.admin('account-enable', { accountId: '999999999999' }).catch(() => undefined);
    expect(acts()).toEqual(['CreateAccount', 'DisableAccount', 'ListAccounts', 'EnableAccount']);
    expect(service.journal().at(-1)).toMatchObject({
      operator: 'socket',
      requestParameters: { accountId: '999999999999' },
      errorMessage: 'There is no account 999999999999.',
    });
  });

  it('is recorded without its parameters where they are not what the act takes, and loses no other record', async () => {
    await service.admin('seal');
    await service.admin('account-list').catch(() => undefined);
    // A member that becomes a Secret, which no record can hold.
    await service.admin('access-key-list', { accountId: { passphrase: 'AAAA' } }).catch(() => undefined);
    await service.admin('unseal');
    expect(acts()).toEqual(expect.arrayContaining(['ListAccounts', 'ListAccessKeys']));
    expect(JSON.stringify(service.journal())).not.toContain('AAAA');
  });

  it('is recorded in few bytes, whatever is sent', async () => {
    const accountId = '9'.repeat(400 * 1024);
    await expect(service.admin('account-enable', { accountId })).rejects.toThrow('There is no account');
    expect(acts()).toEqual(['EnableAccount']);
    expect(JSON.stringify(service.journal().at(-1)).length).toBeLessThan(4096);
  });

  it('comes over a socket that only the user of the service can open', () => {
    expect(statSync(join(service.dataDir, 'admin.sock')).mode & 0o777).toBe(0o600);
    expect(statSync(service.dataDir).mode & 0o077).toBe(0);
  });

  it('gives no way to use a key: requests of the API are not answered there', async () => {
    const { status, text } = await raw('/', 'POST', '{}');
    expect(status).toBe(404);
    expect(text).toContain('The administrator has no such act.');
  });

  it.each([
    ['/admin/nonsense', 'POST', '{}', 404],
    ['/admin/status', 'GET', '', 404],
    ['/admin/', 'POST', '{}', 404],
    ['/admin/status', 'POST', 'no JSON', 400],
    ['/admin/status', 'POST', '', 400],
    ['/admin/status', 'POST', 'null', 400],
    ['/admin/status', 'POST', '3', 400],
  ])('is answered with a status and a refusal for %s %s %s', async (path, method, body, status) => {
    const answer = await raw(path, method, body);
    expect(answer.status).toBe(status);
    if (method === 'POST') expect(JSON.parse(answer.text)).toHaveProperty('refusal.reason');
  });

  it('may be larger than any act needs only up to the bound on bodies', async () => {
    expect((await raw('/admin/status', 'POST', `{"x":"${'a'.repeat(600 * 1024)}"}`)).status).toBe(400);
  });
});

describe("The administrator's socket", () => {
  it('takes the place of one that a killed process has left', async () => {
    const path = join(service.dataDir, 'admin.sock');
    const again = await service.restart();
    onTestFinished(() => again.close());
    expect(existsSync(path)).toBe(true);
    await again.admin('status');
  });

  it('is gone once the service has ended', async () => {
    const { dataDir } = service;
    const again = await service.restart();
    await again.close();
    expect(existsSync(join(dataDir, 'admin.sock'))).toBe(false);
  });
});
