import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes, type Secret } from '@keyhaven/crypto';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { encryptTo, makeEphemeralIdentity } from './age-file.ts';
import { readBackupFile, type StoreFiles, writeBackupFile } from './archive.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { digestOf, writeNewFile } from './file-pieces.ts';
import { renderManifest } from './manifest.ts';
import { writeTar } from './tar.ts';

const mine = await makeEphemeralIdentity(false);
const hybrid = await makeEphemeralIdentity(true);
const other = await makeEphemeralIdentity(false);

/** A "database" of a few of age's chunks of 64 KiB. */
const database = randomBytes(200_000);
const sealHeader = Buffer.from('{"format":1}');

function filesIn(folder: string): StoreFiles {
  return { sealHeader: join(folder, 'seal.json'), database: join(folder, 'keyhaven.db') };
}

function manifestOf(files: StoreFiles): string {
  return renderManifest({
    kind: 'keyhaven-backup',
    format: 1,
    installationId: '766b3f36-bc2f-458c-bf36-1798cfe2a54e',
    schemaVersion: 2,
    madeBy: 'a test',
    madeAt: 1,
    journal: { segment: 1, offset: 1, chain: '0'.repeat(64) },
    rows: {},
    files: { 'seal.json': digestOf(files.sealHeader), 'keyhaven.db': digestOf(files.database) },
  });
}

interface Made {
  readonly path: string;
  readonly bytes: Buffer;
  readonly manifest: string;
}

async function made(recipients: readonly string[]): Promise<Made> {
  const folder = temporaryFolder();
  const files = filesIn(folder);
  writeFileSync(files.sealHeader, sealHeader);
  writeFileSync(files.database, database);
  const manifest = manifestOf(files);
  const path = join(folder, 'backup.age');
  await writeBackupFile(path, recipients, { manifest, mac: 'a mac' }, files, 1);
  return { path, bytes: readFileSync(path), manifest };
}

async function read(path: string, identities: readonly Secret[]) {
  const folder = join(temporaryFolder(), 'out');
  mkdirSync(folder);
  const files = filesIn(folder);
  return { files, ...(await readBackupFile(path, identities, files)) };
}

/** Writes the bytes as a file of their own, and reads it as a backup. */
async function readBytes(bytes: Buffer): Promise<unknown> {
  const path = join(temporaryFolder(), 'backup.age');
  writeFileSync(path, bytes);
  return read(path, [mine.identity]);
}

describe('A backup file', () => {
  it.each([
    ['X25519', [mine]],
    ['post-quantum', [hybrid]],
    ['several', [other, mine]],
  ])('comes back for %s recipients, in files that nobody else may read', async (_kind, identities) => {
    const backup = await made(identities.map(({ recipient }) => recipient));
    for (const { identity } of identities) {
      const { files, manifest, mac } = await read(backup.path, [identity]);
      expect([manifest, mac]).toEqual([backup.manifest, 'a mac']);
      expect(readFileSync(files.database).equals(database)).toBe(true);
      expect(readFileSync(files.sealHeader).equals(sealHeader)).toBe(true);
      for (const file of [backup.path, files.database, files.sealHeader])
        expect(statSync(file).mode & 0o777).toBe(0o600);
    }
  });

  it('opens with the identity that fits among several', async () => {
    const { path } = await made([mine.recipient]);
    expect((await read(path, [other.identity, hybrid.identity, mine.identity])).mac).toBe('a mac');
  });

  it('does not open with the identity of somebody else, and nothing is written', async () => {
    const { path } = await made([mine.recipient]);
    const files = filesIn(temporaryFolder());
    const refused = readBackupFile(path, [other.identity, hybrid.identity], files);
    await expect(refused).rejects.toThrow('None of the identities opens');
    expect(existsSync(files.sealHeader)).toBe(false);
  });

  it('never writes over a file', async () => {
    const backup = await made([mine.recipient]);
    const files = filesIn(temporaryFolder());
    writeFileSync(files.database, 'precious');
    await expect(readBackupFile(backup.path, [mine.identity], files)).rejects.toThrow('EEXIST');
    expect(readFileSync(files.database, 'utf8')).toBe('precious');
  });

  it.each([
    ['is missing', (path: string) => `${path}.none`],
    ['is a folder', (path: string) => join(path, '..')],
  ])('is refused where it %s', async (_what, change) => {
    const { path } = await made([mine.recipient]);
    await expect(read(change(path), [mine.identity])).rejects.toThrow(/backup .* cannot be read/);
  });
});

describe('A backup file that was changed', () => {
  it('is refused whichever byte was flipped, in its header or in any of its chunks', async () => {
    const { bytes } = await made([mine.recipient]);
    const header = Array.from({ length: 230 }, (_, at) => at);
    const spread = Array.from({ length: 60 }, (_, turn) => Math.floor(((turn + 0.5) * bytes.length) / 60));
    for (const at of [...header, ...spread, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(readBytes(changed), `byte ${at}`).rejects.toThrow(BackupRefusal);
    }
  });

  it('is refused wherever it was cut off, also between two chunks', async () => {
    const { bytes } = await made([mine.recipient]);
    const chunk = 64 * 1024 + 16;
    // The header ends where whole chunks, counted from there, and a last one make up the file.
    const headerBytes = bytes.indexOf('\n', bytes.indexOf('\n--- ') + 1) + 1 + 16;
    const betweenChunks = [0, 1, 2, 3].map((n) => headerBytes + n * chunk);
    for (const length of [0, 10, 100, headerBytes - 1, ...betweenChunks, bytes.length - 17, bytes.length - 1])
      await expect(readBytes(bytes.subarray(0, length)), `${length} bytes`).rejects.toThrow(BackupRefusal);
  });

  it('is refused where bytes were added', async () => {
    const { bytes } = await made([mine.recipient]);
    await expect(readBytes(Buffer.concat([bytes, Buffer.alloc(1)]))).rejects.toThrow('is damaged');
    await expect(readBytes(Buffer.concat([bytes, Buffer.alloc(100_000)]))).rejects.toThrow('is damaged');
  });

  it('is refused where two chunks were exchanged', async () => {
    const { bytes } = await made([mine.recipient]);
    const chunk = 64 * 1024 + 16;
    const at = bytes.length - 2 * chunk - 5000;
    const changed = Buffer.concat([
      bytes.subarray(0, at),
      bytes.subarray(at + chunk, at + 2 * chunk),
      bytes.subarray(at, at + chunk),
      bytes.subarray(at + 2 * chunk),
    ]);
    await expect(readBytes(changed)).rejects.toThrow('is damaged');
  });
});

describe('A file that was encrypted to the right recipient', () => {
  const entry = (name: string, content: Buffer) => ({
    name,
    bytes: content.length,
    modifiedAt: 1,
    content: () => [content],
  });

  async function refusalOf(archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
    const path = join(temporaryFolder(), 'backup.age');
    await writeNewFile(path, await encryptTo([mine.recipient], archive));
    const error: unknown = await read(path, [mine.identity]).catch((caught: unknown) => caught);
    if (!(error instanceof BackupRefusal)) throw new Error('it was not refused', { cause: error });
    return error.message;
  }

  const parts = (changes: Readonly<Record<string, Buffer | undefined>> = {}) => {
    const folder = temporaryFolder();
    const files = filesIn(folder);
    writeFileSync(files.sealHeader, sealHeader);
    writeFileSync(files.database, database);
    const whole: Record<string, Buffer | undefined> = {
      'manifest.json': Buffer.from(manifestOf(files)),
      'manifest.mac': Buffer.from('a mac'),
      'seal.json': sealHeader,
      'keyhaven.db': database,
      ...changes,
    };
    return Object.entries(whole).flatMap(([name, content]) =>
      content === undefined ? [] : [entry(name, content)],
    );
  };

  it.each<readonly [string, string, Readonly<Record<string, Buffer | undefined>>]>([
    ['no manifest', 'manifest.json is not where it should be', { 'manifest.json': undefined }],
    ['no MAC', 'manifest.mac is not where it should be', { 'manifest.mac': undefined }],
    ['no seal header', 'seal.json is not where it should be', { 'seal.json': undefined }],
    ['no database', 'keyhaven.db is not where it should be', { 'keyhaven.db': undefined }],
    ['another seal header', 'seal.json is not the file', { 'seal.json': Buffer.from('{"format":2}') }],
    ['a longer seal header', 'seal.json is not as long', { 'seal.json': Buffer.from('{"format":1} ') }],
    ['a shorter database', 'keyhaven.db is not as long', { 'keyhaven.db': database.subarray(1) }],
    ['another database', 'keyhaven.db is not the file', { 'keyhaven.db': Buffer.alloc(database.length) }],
    ['a file more', 'more files than there should be', { more: Buffer.from('more') }],
    [
      'a path that leads elsewhere',
      'more files than there should be',
      { '../../etc/passwd': Buffer.from('x') },
    ],
    ['a huge manifest', 'manifest.json is too large', { 'manifest.json': Buffer.alloc(2 * 1024 * 1024) }],
    ['a manifest that is none', 'is not a backup of Keyhaven', { 'manifest.json': Buffer.from('{}') }],
  ])('is refused with %s', async (_what, reason, changes) => {
    expect(await refusalOf(writeTar(parts(changes)))).toContain(reason);
  });

  it('is refused where its files stand in another order', async () => {
    expect(await refusalOf(writeTar(parts().reverse()))).toContain('manifest.json is not where it should be');
  });

  it('is refused where it is no archive', async () => {
    expect(await refusalOf([Buffer.from('x'.repeat(2000))])).toContain('no whole backup');
    expect(await refusalOf([])).toContain('cut off');
  });

  it('is refused where its archive was cut off before it was encrypted', async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of writeTar(parts())) pieces.push(piece);
    expect(await refusalOf(pieces.slice(0, -3))).toContain('cut off');
  });

  it('is refused where something follows its archive', async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of writeTar(parts())) pieces.push(piece);
    expect(await refusalOf([...pieces, Buffer.from('more')])).toContain('something follows the last entry');
  });

  it('is refused where its last chunk is missing, although that holds nothing but the end of the archive', async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of writeTar(parts())) pieces.push(piece);
    const archive = Buffer.concat(pieces);
    const chunk = 64 * 1024;
    const zeros = Buffer.alloc(chunk - (archive.length % chunk) + 512);
    const path = join(temporaryFolder(), 'backup.age');
    await writeNewFile(path, await encryptTo([mine.recipient], [archive, zeros]));
    expect((await read(path, [mine.identity])).mac).toBe('a mac');
    truncateSync(path, statSync(path).size - 512 - 16);
    await expect(read(path, [mine.identity])).rejects.toThrow('is damaged');
  });

  it('is refused where it is no age file', async () => {
    const path = join(temporaryFolder(), 'backup.age');
    writeFileSync(path, 'x'.repeat(1000));
    await expect(read(path, [mine.identity])).rejects.toThrow('is damaged');
    truncateSync(path, 0);
    await expect(read(path, [mine.identity])).rejects.toThrow('is damaged');
  });
});
