import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { initInstallation, type InitRequest } from '@keyhaven/server';
import { administer, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { productionSettings, serveFolder } from '../durability/served-folder.ts';
import { openBlob } from './independent-cryptography.ts';
import { rotationFlaws, untilRotationsEnd } from './rotation-state.ts';
import { SealingLoad } from './sealing-load.ts';
import { type Credentials, developer, SignedConnection } from './signed-connection.ts';

/** How often the service is sealed and unsealed under load. */
const rounds = Number(process.env['SEALING_TEST_ROUNDS'] ?? 20);
const connections = 32;
const zeros = Buffer.alloc(32);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-sealing-'));
  folders.push(folder);
  return folder;
}

async function createKey(url: string, credentials?: Credentials): Promise<string> {
  const connection = new SignedConnection(url, credentials);
  const { json } = await connection.send('CreateKey', {});
  connection.close();
  return (json['KeyMetadata'] as { readonly KeyId: string }).KeyId;
}

/** `done`, or why an act was refused. */
function endingOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Nothing that was acknowledged is lost, every ciphertext opens to its own plaintext, and none under zeros. */
async function expectAllKept(
  url: string,
  { keyIds, encrypted, faults }: SealingLoad,
  credentials = developer,
) {
  expect(faults).toEqual([]);
  const connection = new SignedConnection(url, credentials);
  for (const KeyId of keyIds) expect((await connection.send('DescribeKey', { KeyId })).error).toBeUndefined();
  for (const { blob, plaintext } of encrypted) {
    expect((await connection.send('Decrypt', { CiphertextBlob: blob })).json['Plaintext']).toBe(plaintext);
    expect(openBlob(zeros, Buffer.from(blob, 'base64'))).toBeUndefined();
  }
  connection.close();
}

/** How many requests were recorded after each record of a sealing, until the unsealing that followed. */
function recordedAfterSealings(service: TestService): readonly number[] {
  const counts: number[] = [];
  let isSealing = false;
  for (const { eventName, requestId } of service.journal()) {
    if (eventName === 'Seal') {
      isSealing = true;
      counts.push(0);
    } else if (eventName === 'Unseal') isSealing = false;
    else if (isSealing && requestId !== undefined) counts.push((counts.pop() ?? 0) + 1);
  }
  return counts;
}

describe('Sealing under full load', () => {
  let service: TestService;
  let load: SealingLoad;
  let keyId: string;

  beforeEach(async () => {
    service = await startTestService();
    onTestFinished(() => service.close());
    keyId = await createKey(service.url);
    load = new SealingLoad(service.url, connections);
    onTestFinished(() => load.stop());
  });

  it(
    `answers every request correctly or with 503, and loses nothing, over ${rounds} rounds of ${connections} connections`,
    { timeout: 20_000 + rounds * 5000 },
    async () => {
      load.start(keyId);
      for (let round = 0; round < rounds; round++) {
        await load.until({ answered: 3 * connections });
        expect(await service.admin('seal')).toMatchObject({ isSealed: true });
        const answered = load.answered;
        await load.until({ unavailable: 3 * connections });
        // Replies that had left before the sealing's are counted here at the latest.
        expect(load.answered - answered).toBeLessThanOrEqual(connections);
        expect(await service.admin('unseal')).toMatchObject({ isSealed: false });
      }
      await load.stop();
      await expectAllKept(service.url, load);
      // What is answered after a sealing began was under way: one request at most on each connection.
      const counts = recordedAfterSealings(service);
      expect(counts).toHaveLength(rounds);
      for (const count of counts) expect(count).toBeLessThanOrEqual(connections);
    },
  );

  it('is one sealing where two ask for it at once, and one unsealing', async () => {
    load.start(keyId);
    for (let round = 0; round < 5; round++) {
      await load.until({ answered: connections });
      const sealed = await Promise.all([service.admin('seal'), service.admin('seal')]);
      expect(sealed).toMatchObject([{ isSealed: true }, { isSealed: true }]);
      await load.until({ unavailable: connections });
      const unsealed = await Promise.all([service.admin('unseal'), service.admin('unseal')]);
      expect(unsealed).toMatchObject([{ isSealed: false }, { isSealed: false }]);
    }
    await load.stop();
    await expectAllKept(service.url, load);
    const names = service.journal().map(({ eventName }) => eventName);
    expect(names.filter((name) => name === 'Seal')).toHaveLength(5);
    expect(names.filter((name) => name === 'Unseal')).toHaveLength(6);
  });

  it('ends sealed after two sealings and an unsealing at once, whichever was first, and works again', async () => {
    load.start(keyId);
    for (let round = 0; round < 5; round++) {
      const unsealing = endingOf(service.admin('unseal'));
      await Promise.all([service.admin('seal'), unsealing, service.admin('seal')]);
      expect(await unsealing).toMatch(/^(?:done|The service was sealed while it was being unsealed.)$/);
      await service.admin('unseal');
      await load.until({ answered: connections });
    }
    await load.stop();
    await expectAllKept(service.url, load);
  });

  it('changes nothing when a service that is open is unsealed', async () => {
    load.start(keyId);
    await load.until({ answered: connections });
    expect(await service.admin('unseal')).toMatchObject({ isSealed: false });
    await load.until({ answered: connections });
    await load.stop();
    expect(load.unavailable).toBe(0);
    await expectAllKept(service.url, load);
    expect(service.journal().filter(({ eventName }) => eventName === 'Unseal')).toHaveLength(1);
  });

  it.each([
    ['root-rotate', {}],
    ['domain-rotate', { scope: { kind: 'all' } }],
  ])('interrupts %s, which goes on by itself once the service is unsealed', async (act, body) => {
    const connection = new SignedConnection(service.url);
    for (let made = 0; made < 300; made++) await connection.send('CreateKey', {});
    connection.close();
    load.start(keyId);
    const endings: string[] = [];
    for (let round = 0; round < 8; round++) {
      await load.until({ answered: connections });
      const rotation = endingOf(service.admin(act, body));
      await load.until({ answered: round * 4 });
      const sealing = service.admin('seal');
      // Half of the times the unsealing comes while the sealing, and the rotation, are under way.
      if (round % 2 === 0) await sealing;
      const [ending] = await Promise.all([rotation, sealing, service.admin('unseal')]);
      endings.push(ending);
      expect(await service.admin('unseal')).toMatchObject({ isSealed: false });
    }
    expect(new Set(endings)).toContain('The service was sealed or ended meanwhile.');
    await load.stop();
    await untilRotationsEnd(service.dataDir);
    expect(rotationFlaws(service.dataDir)).toEqual([]);
    await expectAllKept(service.url, load);
  });
});

describe('A sealed service under full load', () => {
  const passphrase = 'correct horse battery staple';
  const cost = { memoryKiB: 64 * 1024, passes: 2, parallelism: 2 };
  const inBody = (text: string) => Buffer.from(text).toString('base64');

  /** An installation whose seal a person opens, served in a process of its own. */
  async function served(seal: InitRequest['seal']) {
    const dataDir = join(temporaryFolder(), 'data');
    const text = (secret: Secret) => secret.use((bytes) => bytes.toString());
    let shares: readonly string[] = [];
    let credentials = developer;
    await initInstallation(
      { dataDir, seal },
      (secrets) => {
        shares = secrets.shares.map(text);
        credentials = { accessKeyId: secrets.accessKeyId, secretAccessKey: text(secrets.secretAccessKey) };
        return Promise.resolve();
      },
      () => undefined,
    );
    const service = await serveFolder(dataDir, productionSettings);
    onTestFinished(() => service.kill());
    const load = new SealingLoad(service.url, connections, credentials);
    onTestFinished(() => load.stop());
    return { service, load, shares, credentials, admin: administrator(dataDir) };
  }

  const administrator = (dataDir: string) => (act: string, body?: object) =>
    administer(join(dataDir, 'admin.sock'), act, body);

  it('answers while wrong passphrases are tried, stays sealed, and opens with the right one', async () => {
    const secret = Secret.take(Buffer.from(passphrase));
    const { service, load, credentials, admin } = await served({
      kind: 'passphrase',
      passphrase: secret,
      cost,
    });
    load.start('a key of before');
    for (const wrong of ['correct horse battery stable', 'x', 'y'.repeat(5000)]) {
      const outcome = endingOf(admin('unseal', { passphrase: inBody(wrong) }));
      await load.until({ unavailable: connections });
      expect(await outcome).toMatch(/does not open|longer than/);
    }
    expect(load.answered).toBe(0);
    await load.stop();
    await admin('unseal', { passphrase: inBody(passphrase) });
    expect(await createKey(service.url, credentials)).toMatch(/^[0-9a-f-]{36}$/);
    expect(load.faults).toEqual([]);
  });

  it('answers while wrong shares are tried, stays sealed, and opens with the right ones', async () => {
    const { service, load, shares, credentials, admin } = await served({
      kind: 'shamir',
      threshold: 2,
      total: 3,
    });
    const other = await served({ kind: 'shamir', threshold: 2, total: 3 });
    load.start('a key of before');
    const enter = (share = '') => admin('unseal', { share: inBody(share) });
    await expect(enter('no share')).rejects.toThrow('no share of a Keyhaven seal');
    await expect(enter(other.shares[0])).rejects.toThrow('belongs to set');
    expect(await enter(shares[0])).toMatchObject({ isSealed: true });
    await expect(enter(shares[0])).rejects.toThrow('entered already');
    await load.until({ unavailable: connections });
    expect(load.answered).toBe(0);
    await load.stop();
    expect(await enter(shares[2])).toMatchObject({ isSealed: false });
    expect(await createKey(service.url, credentials)).toMatch(/^[0-9a-f-]{36}$/);
    expect(load.faults).toEqual([]);
  });

  it('ends with exit code 0 at SIGTERM, and serves everything after its next start', async () => {
    const dataDir = temporaryFolder();
    const service = await serveFolder(dataDir);
    onTestFinished(() => service.kill());
    const load = new SealingLoad(service.url, connections);
    load.start(await createKey(service.url));
    await load.until({ answered: 10 * connections });
    await administrator(dataDir)('seal');
    await load.until({ unavailable: connections });
    await load.stop();
    expect(await service.stop()).toBe(0);
    const again = await serveFolder(dataDir);
    onTestFinished(() => again.kill());
    await expectAllKept(again.url, load);
  });
});
