import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CreateKeyCommand, DescribeKeyCommand } from '@aws-sdk/client-kms';
import { type RestoreOptions, restoreBackup, StartRefusal } from '@keyhaven/server';
import type { TestService } from '@keyhaven/testkit';
import { Decrypter, Encrypter } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createHash } from 'node:crypto';
import { type TarEntry, TarReader, writeTar } from '../../../packages/server/src/backup/tar.ts';
import {
  backUp,
  type IdentityFile,
  makeIdentity,
  type OnEnd,
  opened,
  restored,
  restoreOptions,
  temporaryFolder,
} from './restorable.ts';

async function refusalOf(options: RestoreOptions): Promise<StartRefusal> {
  const error: unknown = await restoreBackup(options).catch((caught: unknown) => caught);
  if (!(error instanceof StartRefusal)) throw new Error('it was not refused', { cause: error });
  // Whatever is refused leaves no folder that could be mistaken for an installation.
  expect(existsSync(options.dataDir)).toBe(false);
  expect(error.nextStep).not.toBe('');
  return error;
}

interface BackedUp {
  readonly service: TestService;
  readonly identity: IdentityFile;
  readonly backup: string;
  readonly keyId: string;
}

async function backedUp(onEnd: OnEnd = onTestFinished): Promise<BackedUp> {
  const identity = await makeIdentity(onEnd);
  const service = await opened(undefined, onEnd);
  const { KeyMetadata } = await service.client().send(new CreateKeyCommand({}));
  const { path } = await backUp(service, { to: temporaryFolder(onEnd), recipients: [identity.recipient] });
  return { service, identity, backup: path, keyId: KeyMetadata?.KeyId ?? '' };
}

/** Two installations with a backup each, which no test changes but by more keys and backups. */
let made: BackedUp;
let other: BackedUp;
const ends: (() => void | Promise<void>)[] = [];
beforeAll(async () => {
  made = await backedUp((done) => ends.push(done));
  other = await backedUp((done) => ends.push(done));
});
afterAll(async () => {
  for (const done of ends.reverse()) await done();
});

const optionsOf = ({ service, identity, backup }: BackedUp, changes: Partial<RestoreOptions> = {}) =>
  restoreOptions(service, identity, backup, changes);

type Files = Map<string, Buffer>;

/** What a backup holds; whoever has the identity can look. */
async function unpack({ backup, identity }: BackedUp): Promise<Files> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(readFileSync(identity.file, 'utf8').split('\n')[1] ?? '');
  const bytes = Buffer.from(await decrypter.decrypt(readFileSync(backup)));
  const reader = new TarReader(
    (async function* () {
      yield await Promise.resolve(bytes);
    })(),
  );
  const files: Files = new Map();
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const pieces: Uint8Array[] = [];
    for await (const piece of reader.content(entry.bytes)) pieces.push(Buffer.from(piece));
    files.set(entry.name, Buffer.concat(pieces));
  }
  return files;
}

/** A file that is encrypted to the recipient as a backup is: for that, nobody needs a secret. */
async function pack(files: Files, { identity }: BackedUp): Promise<string> {
  const entries = [...files].map(([name, content]): TarEntry => ({
    name,
    bytes: content.length,
    modifiedAt: 1,
    content: () => [content],
  }));
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(entries)) pieces.push(piece);
  const encrypter = new Encrypter();
  encrypter.addRecipient(identity.recipient);
  const path = join(temporaryFolder(), 'forged.age');
  writeFileSync(path, await encrypter.encrypt(Buffer.concat(pieces)));
  return path;
}

interface LooseManifest {
  installationId: string;
  schemaVersion: number;
  journal: { segment: number; offset: number; chain: string };
  files: Record<string, { bytes: number; sha256: string }>;
}

/** Changes files of a backup, and the manifest so that it fits them. */
async function forged(
  made: BackedUp,
  change: (files: Files, manifest: LooseManifest) => void,
): Promise<string> {
  const files = await unpack(made);
  const manifest = JSON.parse(files.get('manifest.json')?.toString() ?? '') as LooseManifest;
  change(files, manifest);
  for (const name of ['seal.json', 'keyhaven.db']) {
    const content = files.get(name) ?? Buffer.alloc(0);
    const sha256 = createHash('sha256').update(content).digest('hex');
    manifest.files[name] = { bytes: content.length, sha256 };
  }
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  return pack(files, made);
}

describe('A restore', () => {
  it('accepts a backup that was unpacked and packed again unchanged', async () => {
    const repacked = await pack(await unpack(made), made);
    const { service } = await restored(optionsOf({ ...made, backup: repacked }));
    await service.client().send(new DescribeKeyCommand({ KeyId: made.keyId }));
  });

  it('refuses an identity that the backup was not made for', async () => {
    const { file } = await makeIdentity();
    const { message } = await refusalOf(optionsOf(made, { identityFile: file }));
    expect(message).toContain('None of the identities opens');
  });

  it('refuses a backup that was cut off or has a flipped bit, wherever', async () => {
    const bytes = readFileSync(made.backup);
    const changed = join(temporaryFolder(), 'changed.age');
    for (let turn = 0; turn < 12; turn++) {
      const at = Math.floor(((turn + 0.5) * bytes.length) / 12);
      writeFileSync(changed, bytes);
      if (turn % 2 === 0) truncateSync(changed, at);
      else writeFileSync(changed, bytes.with(at, (bytes[at] ?? 0) ^ 0x10));
      const { message } = await refusalOf(optionsOf({ ...made, backup: changed }));
      expect(message).toMatch(/is damaged|None of the identities/);
    }
  });

  it('refuses a backup of a newer schema before it unpacks the database', async () => {
    const backup = await forged(made, (_files, manifest) => {
      manifest.schemaVersion = 999;
    });
    const { message } = await refusalOf(optionsOf({ ...made, backup }));
    expect(message).toMatch(/newer version .*schema 999/);
  });

  it("refuses the seal's key of another installation", async () => {
    const seal = { keyFile: join(other.service.dataDir, 'file-seal.key') };
    const { message } = await refusalOf(optionsOf(made, { seal }));
    expect(message).toContain('seal does not open');
  });

  it('refuses a folder that holds anything, and leaves it alone', async () => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'notes.txt'), 'precious');
    await expect(restoreBackup(optionsOf(made, { dataDir }))).rejects.toThrow('is not empty');
    await expect(restoreBackup(optionsOf(made, { dataDir: made.service.dataDir }))).rejects.toThrow(
      StartRefusal,
    );
    expect(readdirSync(dataDir)).toEqual(['notes.txt']);
    await made.service.client().send(new DescribeKeyCommand({ KeyId: made.keyId }));
  });

  it('refuses to read what lies in the folder that it restores into, also through a link', async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'journal'));
    cpSync(join(made.service.dataDir, 'journal'), join(dataDir, 'journal'), { recursive: true });
    writeFileSync(join(dataDir, 'restoring'), '{}');
    const link = join(temporaryFolder(), 'link');
    symlinkSync(join(dataDir, 'journal'), link);
    for (const journal of [join(dataDir, 'journal'), link])
      await expect(restoreBackup(optionsOf(made, { dataDir, journal }))).rejects.toThrow(
        'lies in the folder',
      );
    expect(readdirSync(join(dataDir, 'journal'))).not.toEqual([]);
  });
});

describe('A restore of a backup that somebody else put together', () => {
  it('refuses a manifest that names a later place in the journal, behind which nothing was destroyed', async () => {
    await made.service.client().send(new CreateKeyCommand({}));
    const later = await backUp(made.service, {
      to: temporaryFolder(),
      recipients: [made.identity.recipient],
    });
    const laterFiles = await unpack({ ...made, backup: later.path });
    const laterManifest = JSON.parse(laterFiles.get('manifest.json')?.toString() ?? '') as LooseManifest;
    const backup = await forged(made, (_files, manifest) => {
      manifest.journal = laterManifest.journal;
    });
    const { message } = await refusalOf(optionsOf({ ...made, backup }));
    expect(message).toContain('was not made by the installation');
  });

  it('refuses the manifest and MAC of another backup of the same installation', async () => {
    const later = await backUp(made.service, {
      to: temporaryFolder(),
      recipients: [made.identity.recipient],
    });
    await made.service.client().send(new CreateKeyCommand({}));
    const third = await backUp(made.service, {
      to: temporaryFolder(),
      recipients: [made.identity.recipient],
    });
    const files = await unpack({ ...made, backup: later.path });
    for (const [name, content] of await unpack({ ...made, backup: third.path }))
      if (name.startsWith('manifest')) files.set(name, content);
    const { message } = await refusalOf(optionsOf({ ...made, backup: await pack(files, made) }));
    expect(message).toMatch(/not as long as the manifest says|not the file that the manifest names/);
  });

  it.each(['', '{}', '{"rootKeyId":"00000000000000000000000000000000","mac":"AAAA"}'])(
    'refuses the MAC %j',
    async (mac) => {
      const files = await unpack(made);
      files.set('manifest.mac', Buffer.from(mac));
      const { message } = await refusalOf(optionsOf({ ...made, backup: await pack(files, made) }));
      expect(message).toContain('was not made by the installation');
    },
  );

  it('refuses the seal header of another installation, under either key', async () => {
    const backup = await forged(made, (files) => {
      files.set('seal.json', readFileSync(join(other.service.dataDir, 'seal.json')));
    });
    const mine = await refusalOf(optionsOf({ ...made, backup }));
    expect(mine.message).toContain('seal does not open');
    const seal = { keyFile: join(other.service.dataDir, 'file-seal.key') };
    const theirs = await refusalOf(optionsOf({ ...made, backup }, { seal }));
    expect(theirs.message).toContain('was not made by the installation');
  });

  it('refuses a database with a changed row, before SQLite opens it', async () => {
    const backup = await forged(made, (files) => {
      const path = join(temporaryFolder(), 'changed.db');
      writeFileSync(path, files.get('keyhaven.db') ?? '');
      const db = new DatabaseSync(path);
      db.exec("UPDATE kms_key SET state = 'Disabled'");
      db.close();
      files.set('keyhaven.db', readFileSync(path));
    });
    const { message } = await refusalOf(optionsOf({ ...made, backup }));
    expect(message).toContain('was not made by the installation');
  });

  it("refuses an installation id that is not the seal header's", async () => {
    const backup = await forged(made, (_files, manifest) => {
      manifest.installationId = '00000000-0000-4000-8000-000000000000';
    });
    const { message } = await refusalOf(optionsOf({ ...made, backup }));
    expect(message).toContain('was not made by the installation');
  });
});

describe('A restore with a journal', () => {
  function copyOf(service: TestService): string {
    const copy = join(temporaryFolder(), 'journal');
    cpSync(join(service.dataDir, 'journal'), copy, { recursive: true });
    return copy;
  }

  it('refuses that of another installation', async () => {
    const { message } = await refusalOf(optionsOf(made, { journal: copyOf(other.service) }));
    expect(message).toContain("not the journal of this backup's installation");
  });

  it('refuses one with an edited record, and names the line', async () => {
    await made.service.client().send(new CreateKeyCommand({}));
    const journal = copyOf(made.service);
    const path = join(journal, '00000001.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    const at = lines.findLastIndex((line) => line.includes('"CreateKey"'));
    writeFileSync(path, lines.with(at, (lines[at] ?? '').replace('"CreateKey"', '"ListKeysX"')).join('\n'));
    const { message } = await refusalOf(optionsOf(made, { journal }));
    expect(message).toContain(`line ${at + 1} of`);
    expect(message).toContain('does not follow the chain');
  });

  it('accepts one whose last line a kill tore', async () => {
    const journal = copyOf(made.service);
    appendFileSync(join(journal, '00000001.jsonl'), 'torn');
    const { service } = await restored(optionsOf(made, { journal }));
    const names = service.journal().map(({ eventName }) => eventName);
    expect(names).toContain('JournalTailCut');
    expect(names.filter((name) => name === 'RestoreBackup')).toHaveLength(1);
  });

  it.each<readonly [string, RegExp, (folder: string) => string]>([
    ['is missing', /cannot be read/, (folder) => join(folder, 'none')],
    ['is the data folder', /holds no journal/, (folder) => join(folder, '..')],
    [
      'is a link in place of a file',
      /is not a plain file/,
      (folder) => {
        symlinkSync(join(folder, '00000001.jsonl'), join(folder, '00000002.jsonl'));
        return folder;
      },
    ],
  ])('refuses one that %s', async (_what, reason, change) => {
    const { message } = await refusalOf(optionsOf(made, { journal: change(copyOf(made.service)) }));
    expect(message).toMatch(reason);
  });
});

describe('A backup that cannot be trusted or written', () => {
  it.each([
    ["a key's row was changed", "UPDATE kms_key SET description = 'changed'", /row .* of table kms_key/],
    ["a key's policy was removed", 'DELETE FROM key_policy', /has no policy/],
    ['key material was exchanged', 'UPDATE key_material SET wrapped = zeroblob(94)', /table key_material/],
    ['the schema was changed', 'CREATE TABLE theirs (a)', /table theirs is not Keyhaven's/],
    [
      'a domain key was removed',
      "DELETE FROM domain_key WHERE key_scope LIKE 'region%'",
      /changed from outside/,
    ],
  ])('is not made where %s', async (_what, sql, reason) => {
    const { service, identity } = await backedUp();
    const db = new DatabaseSync(join(service.dataDir, 'keyhaven.db'));
    db.exec(sql);
    db.close();
    const to = temporaryFolder();
    await expect(backUp(service, { to, recipients: [identity.recipient] })).rejects.toThrow(reason);
    expect(readdirSync(to)).toEqual([]);
    expect(readdirSync(service.dataDir)).not.toContain('backup-scratch');
  });

  it.each<readonly [string, RegExp, (made: BackedUp) => { to?: string; recipients?: readonly string[] }]>([
    ['to no recipient', /at least one recipient/, () => ({ recipients: [] })],
    ['to an SSH key', /SSH or PEM/, () => ({ recipients: ['ssh-ed25519 AAAA'] })],
    [
      'to a mistyped recipient',
      /mistyped/,
      ({ identity: { recipient } }) => ({
        recipients: [recipient.slice(0, 20) + (recipient[20] === 'q' ? 'p' : 'q') + recipient.slice(21)],
      }),
    ],
    ['into a folder that is not there', /There is no folder/, () => ({ to: '/nonexistent/folder' })],
    ['over a file', /There is a file/, ({ backup }) => ({ to: backup })],
    [
      'into the data folder',
      /inside the data folder/,
      ({ service }) => ({ to: join(service.dataDir, 'journal') }),
    ],
    ['into a folder that takes no files', /could not be made|cannot/, () => ({ to: '/proc' })],
  ])('is not made %s', async (_what, reason, changesOf) => {
    const to = temporaryFolder();
    const request = { to, recipients: [made.identity.recipient], ...changesOf(made) };
    await expect(backUp(made.service, request)).rejects.toThrow(reason);
    expect(readdirSync(to)).toEqual([]);
    const next = await backUp(made.service, { to, recipients: [made.identity.recipient] });
    expect(statSync(next.path).size).toBe(next.bytes);
  });
});
