import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { Secret } from '@keyhaven/crypto';
import { ActRefused, administer, readJournal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultOptions, type ServiceOptions } from './config/index.ts';
import { initInstallation, type InitRequest } from './init-installation.ts';
import { type Service, startService } from './main.ts';
import { StartRefusal } from './start-refusal.ts';
import { temporaryFolder } from './storage/sqlite/opened-store.test-support.ts';

const phrase = 'correct horse battery staple';
/** As cheap as is accepted: what Argon2id costs is not what is tried here. */
const cost = { memoryKiB: 8 * 1024, passes: 1, parallelism: 1 };

interface Told {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly shares: readonly string[];
}

const textOf = (secret: Secret): string => secret.use((bytes) => bytes.toString());

const passphraseSeal = () =>
  ({ kind: 'passphrase', passphrase: Secret.take(Buffer.from(phrase)), cost }) as const;

async function init(dataDir: string, request: Partial<InitRequest> = {}): Promise<Told> {
  let told: Told | undefined;
  await initInstallation(
    { dataDir, seal: passphraseSeal(), ...request },
    ({ accountId, accessKeyId, secretAccessKey, shares }) => {
      told = { accountId, accessKeyId, secretAccessKey: textOf(secretAccessKey), shares: shares.map(textOf) };
      return Promise.resolve();
    },
    () => undefined,
  );
  if (told === undefined) throw new Error('nothing was handed out');
  return told;
}

async function serve(dataDir: string, options: Partial<ServiceOptions> = {}): Promise<Service> {
  const allowUnsafe = new Set(['plain-http', 'node-options', 'inspector'] as const);
  const service = await startService({
    ...defaultOptions,
    dataDir,
    port: 0,
    profile: 'production',
    allowUnsafe,
    ...options,
  });
  onTestFinished(() => service.close());
  return service;
}

const act = (dataDir: string, name: string, body: object = {}) =>
  administer(join(dataDir, 'admin.sock'), name, body);
const base64 = (text: string) => Buffer.from(text).toString('base64');

function clientOf({ url }: Service, { accessKeyId, secretAccessKey }: Told): KMSClient {
  const client = new KMSClient({
    endpoint: url,
    region: 'eu-west-2',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  onTestFinished(() => {
    client.destroy();
  });
  return client;
}

const newFolder = () => join(temporaryFolder(), 'data');

describe('An installation', () => {
  it('starts sealed, and serves its account once the passphrase is entered', async () => {
    const dataDir = newFolder();
    const told = await init(dataDir);
    const service = await serve(dataDir);
    expect(service.isSealed).toBe(true);
    const kms = clientOf(service, told);
    expect((await refusalOf(kms.send(new ListKeysCommand({})))).name).toBe('ServiceUnavailableException');
    await act(dataDir, 'unseal', { passphrase: base64(phrase) });
    expect((await kms.send(new CreateKeyCommand({}))).KeyMetadata?.AWSAccountId).toBe(told.accountId);
  });

  it('opens with as many of its shares as it takes, in any order', async () => {
    const dataDir = newFolder();
    const { shares } = await init(dataDir, { seal: { kind: 'shamir', threshold: 2, total: 3 } });
    expect(shares).toHaveLength(3);
    await serve(dataDir);
    const first = await act(dataDir, 'unseal', { share: base64(shares[2] ?? '') });
    expect(first).toMatchObject({ isSealed: true, shares: { entered: 1, needed: 2 } });
    expect(await act(dataDir, 'unseal', { share: base64(shares[0] ?? '') })).toMatchObject({
      isSealed: false,
    });
  });

  it('tells of a wrong share only when there are enough, by its number, and begins anew', async () => {
    const dataDir = newFolder();
    const { shares } = await init(dataDir, { seal: { kind: 'shamir', threshold: 2, total: 3 } });
    const other = newFolder();
    const foreign = await init(other, { seal: { kind: 'shamir', threshold: 2, total: 3 } });
    await serve(dataDir);
    await expect(act(dataDir, 'unseal', { share: base64(foreign.shares[1] ?? '') })).rejects.toThrow('set');
    await act(dataDir, 'unseal', { share: base64(shares[0] ?? '') });
    await expect(act(dataDir, 'unseal', { share: base64(shares[0] ?? '') })).rejects.toThrow('already');
    expect((await act(dataDir, 'status'))['seal']).toMatchObject({ shares: { entered: 1, needed: 2 } });
  });

  it('refuses a wrong passphrase, is still sealed, and tells the journal of the attempt once it is open', async () => {
    const dataDir = newFolder();
    await init(dataDir);
    const service = await serve(dataDir);
    const wrong = act(dataDir, 'unseal', { passphrase: base64('another passphrase') });
    await expect(wrong).rejects.toThrow('The passphrase does not open the seal header');
    expect(service.isSealed).toBe(true);
    await act(dataDir, 'unseal', { passphrase: base64(phrase) });
    const events = readJournal(join(dataDir, 'journal')).map(({ eventName }) => eventName);
    expect(events).toEqual(['CreateInstallation', 'UnsealFailed', 'Unseal']);
  });

  it('is asked for nothing at a start that is told where to read the passphrase', async () => {
    const dataDir = newFolder();
    await init(dataDir);
    const passphraseFile = join(temporaryFolder(), 'passphrase');
    writeFileSync(passphraseFile, `${phrase}\n`, { mode: 0o600 });
    expect((await serve(dataDir, { passphraseFile })).isSealed).toBe(false);
  });

  it('does not start with a wrong passphrase in that file', async () => {
    const dataDir = newFolder();
    await init(dataDir);
    const passphraseFile = join(temporaryFolder(), 'passphrase');
    writeFileSync(passphraseFile, 'another passphrase\n', { mode: 0o600 });
    await expect(serve(dataDir, { passphraseFile })).rejects.toThrow('does not open the seal header');
  });

  it('keeps no secret of its own in clear in its folder', async () => {
    const dataDir = newFolder();
    const { secretAccessKey } = await init(dataDir);
    const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).map((name) =>
      join(dataDir, name),
    );
    for (const path of files.filter((one) => statSync(one).isFile())) {
      const content = readFileSync(path);
      expect(content.includes(secretAccessKey), path).toBe(false);
      expect(content.includes(phrase), path).toBe(false);
      expect(statSync(path).mode & 0o077, path).toBe(0);
    }
  });

  it('changes to another seal while it serves, and the old one opens it no more', async () => {
    const dataDir = newFolder();
    await init(dataDir);
    await serve(dataDir);
    await act(dataDir, 'unseal', { passphrase: base64(phrase) });
    const seal = { kind: 'passphrase', passphrase: base64('a new passphrase') };
    await act(dataDir, 'seal-change', { seal });
    await act(dataDir, 'seal');
    await expect(act(dataDir, 'unseal', { passphrase: base64(phrase) })).rejects.toThrow(ActRefused);
    expect(await act(dataDir, 'unseal', { passphrase: base64('a new passphrase') })).toMatchObject({
      isSealed: false,
    });
  });

  it('changes to shares only when their holders have them: until it is confirmed, the old seal opens it', async () => {
    const dataDir = newFolder();
    await init(dataDir);
    await serve(dataDir);
    await act(dataDir, 'unseal', { passphrase: base64(phrase) });
    const seal = { kind: 'shamir', shares: 3, threshold: 2 };
    const changed = await act(dataDir, 'seal-change', { seal });
    await act(dataDir, 'seal');
    await act(dataDir, 'unseal', { passphrase: base64(phrase) });
    // What was prepared before the sealing is gone.
    const { ticket } = changed;
    await expect(act(dataDir, 'seal-change-confirm', { ticket })).rejects.toThrow('no seal to confirm');

    const again = (await act(dataDir, 'seal-change', { seal })) as unknown as {
      readonly ticket: string;
      readonly shares: readonly string[];
    };
    await act(dataDir, 'seal-change-confirm', { ticket: again.ticket });
    await act(dataDir, 'seal');
    for (const share of again.shares.slice(1)) await act(dataDir, 'unseal', { share: base64(share) });
    expect((await act(dataDir, 'status'))['seal']).toMatchObject({ kind: 'shamir', isSealed: false });
  });

  it('refuses a file seal in production by name', async () => {
    const dataDir = newFolder();
    await init(dataDir);
    await serve(dataDir);
    await act(dataDir, 'unseal', { passphrase: base64(phrase) });
    await expect(act(dataDir, 'seal-change', { seal: { kind: 'file' } })).rejects.toThrow('file-seal');
  });
});

describe('A start', () => {
  it('for development is refused on what was made for production, and makes no well-known credentials', async () => {
    const dataDir = newFolder();
    await init(dataDir);
    const passphraseFile = join(temporaryFolder(), 'passphrase');
    writeFileSync(passphraseFile, phrase, { mode: 0o600 });
    await expect(serve(dataDir, { profile: 'development', passphraseFile })).rejects.toThrow(
      'was made for production',
    );
    await serve(dataDir, { passphraseFile });
    expect((await act(dataDir, 'account-list'))['accounts']).toHaveLength(1);
  });

  it('in production is refused on a folder that the development profile made, by the name of each unsafe thing', async () => {
    const dataDir = newFolder();
    const development = await startService({ ...defaultOptions, dataDir, port: 0 });
    await development.close();
    await expect(serve(dataDir)).rejects.toThrow(/file-seal/);
    const allowUnsafe = new Set(['plain-http', 'file-seal'] as const);
    await expect(serve(dataDir, { allowUnsafe })).rejects.toThrow(/well-known-credentials/);
  });

  it('in production without TLS is refused before anything is made', async () => {
    const dataDir = newFolder();
    await expect(serve(dataDir, { allowUnsafe: new Set() })).rejects.toThrow(/plain-http/);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('in production is refused on an empty folder, and says how an installation is made', async () => {
    const dataDir = temporaryFolder();
    const refusal = await serve(dataDir).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StartRefusal);
    expect((refusal as StartRefusal).nextStep).toContain('keyhaven init --data-dir');
  });
});

describe('The making of an installation', () => {
  it('is refused where there is one', async () => {
    const dataDir = newFolder();
    await init(dataDir);
    const before = readFileSync(join(dataDir, 'seal.json'));
    await expect(init(dataDir)).rejects.toThrow('holds an installation already');
    expect(readFileSync(join(dataDir, 'seal.json'))).toEqual(before);
  });

  it('is refused in a folder with files of others', async () => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'a.txt'), '');
    await expect(init(dataDir)).rejects.toThrow('holds files of others');
    expect(readdirSync(dataDir)).toEqual(['a.txt']);
  });

  it('that ends before its secrets are handed out leaves nothing that starts, and begins anew', async () => {
    const dataDir = newFolder();
    const failed = initInstallation(
      { dataDir, seal: passphraseSeal() },
      () => Promise.reject(new Error('the terminal is gone')),
      () => undefined,
    );
    await expect(failed).rejects.toThrow('the terminal is gone');
    expect(existsSync(join(dataDir, 'seal.json'))).toBe(false);
    await expect(serve(dataDir)).rejects.toThrow('whose making was cut short');
    await init(dataDir);
    await serve(dataDir);
    await act(dataDir, 'unseal', { passphrase: base64(phrase) });
    expect((await act(dataDir, 'account-list'))['accounts']).toHaveLength(1);
  });
});
