import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { administer } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { verifyJournal } from '../durability/journal-verifier.ts';
import { serveFolder } from '../durability/served-folder.ts';
import { readStoredFacts } from '../durability/stored-facts.ts';
import { rotationFlaws, storedKeys, untilRotationsEnd } from './rotation-state.ts';
import { SignedConnection } from './signed-connection.ts';
import { StoredWraps } from './stored-wraps.ts';

/** Every so-many-th point is tried; each takes two starts. */
const step = Number(process.env['KILL_POINTS_STEP'] ?? 5);
const keys = 130;
const day = 24 * 60 * 60;

/** Where a process can end while the root key is replaced, in the order in which it gets there. */
const rootPoints = ['distribute', 'activate', 'rewrap', 'retire'].flatMap((phase) =>
  phase === 'rewrap'
    ? ['before rewrap root 1', 'after rewrap root 1']
    : [
        `before header ${phase}`,
        `after header ${phase}`,
        `before record root ${phase}`,
        `after record root ${phase}`,
      ],
);

/** The same for every domain key; rows of a Region are written anew page by page. */
const domainPoints = ['identity', 'region'].flatMap((scope) => [
  ...['distribute', 'activate'].flatMap((phase) => [`before ${scope} ${phase}`, `after ${scope} ${phase}`]),
  ...[1, 2, ...(scope === 'region' ? [3, 4, 5, 6] : [])].flatMap((page) => [
    `before rewrap ${scope} ${page}`,
    `after rewrap ${scope} ${page}`,
  ]),
  ...['before', 'after', 'truncated after'].map((when) => `${when} ${scope} retire`),
]);

const destructionPoints = ['before', 'after', 'truncated after'].map((when) => `${when} destroy`);

interface Prepared {
  readonly dataDir: string;
  readonly blobs: readonly Encrypted[];
  /** A key that waits for its destruction. */
  readonly dueKeyId: string;
  readonly dueBlob: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-kill-point-'));
  folders.push(folder);
  return folder;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function prepare(): Promise<Prepared> {
  const dataDir = temporaryFolder();
  const service = await serveFolder(dataDir);
  const connection = new SignedConnection(service.url);
  const blobs: Encrypted[] = [];
  let last = '';
  for (let made = 0; made < keys; made++) {
    const { json } = await connection.send('CreateKey', {});
    last = (json['KeyMetadata'] as { readonly KeyId: string }).KeyId;
    if (made % 10 === 0) await connection.send('RotateKeyOnDemand', { KeyId: last });
    const encrypted = await connection.send('Encrypt', { KeyId: last, Plaintext: base64(last) });
    blobs.push({ blob: String(encrypted.json['CiphertextBlob']), plaintext: base64(last) });
  }
  await connection.send('ScheduleKeyDeletion', { KeyId: last, PendingWindowInDays: 7 });
  connection.close();
  await service.stop();
  return { dataDir, blobs: blobs.slice(0, -1), dueKeyId: last, dueBlob: blobs.at(-1)?.blob ?? '' };
}

interface Encrypted {
  readonly blob: string;
  readonly plaintext: string;
}

interface Acknowledged {
  readonly made: readonly string[];
  readonly blobs: readonly Encrypted[];
}

/** Encrypts and makes keys until the service is gone; what was acknowledged. */
async function loadUntilKilled(url: string): Promise<Acknowledged> {
  const made: string[] = [];
  const blobs: Encrypted[] = [];
  const connection = new SignedConnection(url);
  try {
    for (let turn = 0; ; turn++) {
      const { json } = await connection.send('CreateKey', {});
      const KeyId = (json['KeyMetadata'] as { readonly KeyId: string }).KeyId;
      made.push(KeyId);
      const encrypted = await connection.send('Encrypt', { KeyId, Plaintext: base64(`turn ${turn}`) });
      blobs.push({ blob: String(encrypted.json['CiphertextBlob']), plaintext: base64(`turn ${turn}`) });
    }
  } catch {
    connection.close();
    return { made, blobs };
  }
}

async function openAll(url: string, { made, blobs }: Acknowledged): Promise<void> {
  const connection = new SignedConnection(url);
  for (const KeyId of made) expect((await connection.send('DescribeKey', { KeyId })).error).toBeUndefined();
  for (const { blob, plaintext } of blobs)
    expect((await connection.send('Decrypt', { CiphertextBlob: blob })).json['Plaintext']).toBe(plaintext);
  connection.close();
}

describe('A service that is killed', () => {
  let prepared: Prepared;
  beforeAll(async () => {
    prepared = await prepare();
  });

  /** Serves a copy of the folder until it is killed at the point, which `act` brings about, and starts it again. */
  async function killedAt(point: string, act: (url: string, dataDir: string) => Promise<unknown>) {
    const dataDir = temporaryFolder();
    cpSync(prepared.dataDir, dataDir, { recursive: true });
    const armed = join(temporaryFolder(), 'armed');
    const killed = await serveFolder(dataDir, {
      nodeFlags: ['--import', pathToFileURL(join(import.meta.dirname, 'kill-at.ts')).href],
      environment: { KILL_AT: point, KILL_AT_ARMED: armed },
    });
    onTestFinished(() => killed.kill());
    const wraps = new StoredWraps(dataDir);
    wraps.observe();
    writeFileSync(armed, '');
    const loading = loadUntilKilled(killed.url);
    const acted = act(killed.url, dataDir).then(
      () => 'the act ended',
      () => 'killed',
    );
    expect(await Promise.race([acted, killed.ended().then(() => 'killed')])).toBe('killed');
    expect(await killed.ended()).toBeNull();
    const acknowledged = await loading;
    wraps.observe();

    const service = await serveFolder(dataDir);
    onTestFinished(() => service.kill());
    await untilRotationsEnd(dataDir);
    expect(rotationFlaws(dataDir)).toEqual([]);
    expect(wraps.findRetired(new Set(storedKeys(dataDir).map(({ id }) => id)))).toEqual([]);
    await openAll(service.url, acknowledged);
    await openAll(service.url, { made: [], blobs: prepared.blobs });
    expect(readStoredFacts(dataDir).flaws).toEqual([]);
    expect(service.errorLines()).toEqual([]);
    return { service, dataDir, wraps };
  }

  const rotate = (act: string, body: object) => (_url: string, dataDir: string) =>
    administer(join(dataDir, 'admin.sock'), act, body);

  it.each([...rootPoints, ...domainPoints].filter((_, at) => at % step === 0))(
    'goes on with the rotation by itself and ends it, and has lost nothing: %s',
    async (point) => {
      const isRoot = rootPoints.includes(point);
      const act = isRoot ? rotate('root-rotate', {}) : rotate('domain-rotate', { scope: { kind: 'all' } });
      const { service, dataDir } = await killedAt(point, act);
      await service.stop();
      verifyJournal(join(dataDir, 'journal'));
    },
  );

  it.each(destructionPoints)(
    'while a key is destroyed and others are rewrapped has destroyed it: %s',
    async (point) => {
      const { service, dataDir, wraps } = await killedAt(point, async (url, folder) => {
        void administer(join(folder, 'admin.sock'), 'domain-rotate', { scope: { kind: 'all' } }).catch(
          () => undefined,
        );
        return fetch(`${url}/_keyhaven/clock`, {
          method: 'POST',
          body: JSON.stringify({ advanceSeconds: 8 * day }),
        });
      });
      expect(wraps.countOf(prepared.dueKeyId)).toBeGreaterThan(0);
      expect(wraps.findKeys([prepared.dueKeyId])).toEqual([]);
      const connection = new SignedConnection(service.url);
      expect((await connection.send('Decrypt', { CiphertextBlob: prepared.dueBlob })).error).toBe(
        'AccessDeniedException',
      );
      connection.close();
      await service.stop();
      verifyJournal(join(dataDir, 'journal'));
    },
  );
});
