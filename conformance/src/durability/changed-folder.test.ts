import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CreateAliasCommand, CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyJournal } from './journal-verifier.ts';
import { killWhileStarting, refusedStart, serveFolder } from './served-folder.ts';

const folders: string[] = [];
/** Two stopped installations with a key each, and the folder of the first after a kill. */
let dataDir: string;
let foreignDir: string;
let killedDir: string;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-folder-'));
  folders.push(folder);
  return folder;
}

function clientFor(url: string): KMSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new KMSClient({ endpoint: url, region: 'eu-west-2', credentials, maxAttempts: 1 });
}

async function makeKey(url: string): Promise<void> {
  const kms = clientFor(url);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/key', TargetKeyId: KeyMetadata?.KeyId ?? '' }));
  kms.destroy();
}

async function findsItsKey(folder: string): Promise<boolean> {
  const service = await serveFolder(folder);
  const kms = clientFor(service.url);
  const reply = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/key' })).catch(() => undefined);
  kms.destroy();
  await service.stop();
  return reply?.KeyMetadata?.KeyState === 'Enabled';
}

beforeAll(async () => {
  [dataDir, foreignDir, killedDir] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  for (const folder of [dataDir, foreignDir]) {
    const service = await serveFolder(folder);
    await makeKey(service.url);
    expect(await service.stop()).toBe(0);
  }
  cpSync(dataDir, killedDir, { recursive: true });
  const killed = await serveFolder(killedDir);
  const kms = clientFor(killed.url);
  await kms.send(new CreateKeyCommand({}));
  kms.destroy();
  await killed.kill();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function copyOf(folder: string): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

function run(folder: string, sql: string): void {
  const db = new DatabaseSync(join(folder, 'keyhaven.db'));
  db.exec(sql);
  db.close();
}

const file = (folder: string, name: string) => join(folder, name);

/** Empties every table that a first start, and a first key, fill. */
function emptyTables(folder: string): void {
  const filled = [
    ...['installation', 'domain_key', 'account', 'access_key', 'heartbeat', 'head', 'usage_mark'],
    ...['kms_key', 'key_policy', 'key_material', 'alias', 'audit_outbox'],
  ];
  for (const table of filled) run(folder, `DELETE FROM ${table}`);
}

describe('A folder that was changed from outside', () => {
  it.each<readonly [string, RegExp, (folder: string) => void]>([
    [
      'a missing database',
      /database .* is missing or empty/,
      (folder) => {
        rmSync(file(folder, 'keyhaven.db'));
      },
    ],
    [
      'an empty database',
      /database .* is missing or empty/,
      (folder) => {
        truncateSync(file(folder, 'keyhaven.db'), 0);
      },
    ],
    [
      'a database cut in half',
      /truncated|cannot be read/,
      (folder) => {
        truncateSync(file(folder, 'keyhaven.db'), statSync(file(folder, 'keyhaven.db')).size / 2);
      },
    ],
    [
      'a database cut by a page',
      /truncated|cannot be read/,
      (folder) => {
        truncateSync(file(folder, 'keyhaven.db'), statSync(file(folder, 'keyhaven.db')).size - 4096);
      },
    ],
    [
      'a database that is none',
      /cannot be read: file is not a database/,
      (folder) => {
        writeFileSync(file(folder, 'keyhaven.db'), 'x'.repeat(8192));
      },
    ],
    [
      'a database of another program',
      /was not made by Keyhaven/,
      (folder) => {
        rmSync(file(folder, 'keyhaven.db'));
        run(folder, 'CREATE TABLE theirs (a)');
      },
    ],
    [
      'the database of another installation',
      /belongs to another installation/,
      (folder) => {
        copyFileSync(file(foreignDir, 'keyhaven.db'), file(folder, 'keyhaven.db'));
      },
    ],
    [
      'a newer database',
      /newer version of Keyhaven \(schema 999/,
      (folder) => {
        run(folder, 'PRAGMA user_version = 999');
      },
    ],
    [
      'a trigger in the database',
      /the trigger evil is not Keyhaven's/,
      (folder) => {
        run(folder, 'CREATE TRIGGER evil AFTER INSERT ON kms_key BEGIN DELETE FROM tombstone; END');
      },
    ],
    [
      'a table that was dropped',
      /the table tombstone is missing/,
      (folder) => {
        run(folder, 'DROP TABLE tombstone');
      },
    ],
    [
      'a missing seal header',
      /holds a database but no seal header/,
      (folder) => {
        rmSync(file(folder, 'seal.json'));
      },
    ],
    [
      'a missing seal header and database',
      /holds a journal but no seal header/,
      (folder) => {
        rmSync(file(folder, 'seal.json'));
        rmSync(file(folder, 'keyhaven.db'));
      },
    ],
    [
      'a damaged seal header',
      /seal header .* is damaged/,
      (folder) => {
        truncateSync(file(folder, 'seal.json'), 40);
      },
    ],
    [
      'the seal header of another installation',
      /seal does not open the seal header/,
      (folder) => {
        copyFileSync(file(foreignDir, 'seal.json'), file(folder, 'seal.json'));
      },
    ],
    [
      'header and key of another installation',
      /belongs to another installation/,
      (folder) => {
        for (const name of ['seal.json', 'file-seal.key'])
          copyFileSync(file(foreignDir, name), file(folder, name));
      },
    ],
    [
      "a missing seal's key",
      /key file .* cannot be read/,
      (folder) => {
        rmSync(file(folder, 'file-seal.key'));
      },
    ],
    [
      "a damaged seal's key",
      /key file .* is damaged/,
      (folder) => {
        writeFileSync(file(folder, 'file-seal.key'), 'c2hvcnQ=');
      },
    ],
    [
      "another installation's seal key",
      /seal does not open/,
      (folder) => {
        copyFileSync(file(foreignDir, 'file-seal.key'), file(folder, 'file-seal.key'));
      },
    ],
    [
      "a seal's key that a group may read",
      /can be read by other users[\s\S]*chmod 600/,
      (folder) => {
        chmodSync(file(folder, 'file-seal.key'), 0o640);
      },
    ],
    [
      'the journal of another installation',
      /journal .* belongs to another installation/,
      (folder) => {
        rmSync(file(folder, 'journal'), { recursive: true });
        cpSync(file(foreignDir, 'journal'), file(folder, 'journal'), { recursive: true });
      },
    ],
    [
      'an installation row that was removed',
      /lost its installation row/,
      (folder) => {
        run(folder, 'DELETE FROM installation');
      },
    ],
    [
      'a database that was emptied',
      /lost its installation row/,
      (folder) => {
        emptyTables(folder);
      },
    ],
    [
      'an installation row that was changed',
      /changed from outside: row installation of table installation/,
      (folder) => {
        run(folder, 'UPDATE installation SET clock_offset_ms = 99');
      },
    ],
    [
      "a domain key's wrapped bytes",
      /changed from outside: .* table domain_key/,
      (folder) => {
        run(folder, 'UPDATE domain_key SET wrapped = zeroblob(77)');
      },
    ],
    [
      'a domain key replaced by one of another installation',
      /changed from outside: .* table domain_key/,
      (folder) => {
        run(
          folder,
          `ATTACH '${file(foreignDir, 'keyhaven.db')}' AS f; DELETE FROM domain_key WHERE key_scope LIKE 'region/%'; INSERT INTO domain_key SELECT * FROM f.domain_key WHERE key_scope LIKE 'region/%'`,
        );
      },
    ],
    [
      'domain keys that were swapped',
      /changed from outside: .* table domain_key/,
      (folder) => {
        run(
          folder,
          "UPDATE domain_key SET key_scope = CASE key_scope WHEN 'identity' THEN 'region/eu-west-2' ELSE 'identity' END",
        );
      },
    ],
    [
      'a domain key that was removed',
      /changed from outside: .* table head/,
      (folder) => {
        run(folder, "DELETE FROM domain_key WHERE key_scope LIKE 'region/%'");
      },
    ],
    [
      'a head that was put back',
      /changed from outside: .* table head/,
      (folder) => {
        run(folder, 'UPDATE head SET commit_number = 1, version = 1');
      },
    ],
    [
      'an account that was renamed',
      /changed from outside: .* table account/,
      (folder) => {
        run(folder, "UPDATE account SET account_id = '111111111111'");
      },
    ],
    [
      'a heartbeat that was moved',
      /changed from outside: .* table heartbeat/,
      (folder) => {
        run(folder, 'UPDATE heartbeat SET hold_remaining_ms = 0, service_time = service_time + 1');
      },
    ],
  ])('is refused in one sentence, with what to do: %s', async (_what, sentence, change) => {
    const folder = copyOf(dataDir);
    change(folder);
    const before = existsSync(file(folder, 'seal.json'))
      ? readFileSync(file(folder, 'seal.json'), 'utf8')
      : undefined;
    const { exitCode, stderr } = await refusedStart(folder);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(exitCode).toBe(1);
    const after = existsSync(file(folder, 'seal.json'))
      ? readFileSync(file(folder, 'seal.json'), 'utf8')
      : undefined;
    expect(after).toBe(before);
  });

  it.each([
    ['changed', "UPDATE audit_outbox SET record = replace(record, 'CreateKey', 'ListKeys')"],
    ['reordered', 'UPDATE audit_outbox SET sequence = sequence + 1000'],
  ])('is refused where a record in the outbox was %s', async (_what, sql) => {
    const folder = copyOf(killedDir);
    run(folder, sql);
    expect((await refusedStart(folder)).stderr).toMatch(/changed from outside: .* table audit_outbox/);
  });

  it('is served, with an alarm and a record, where its journal was taken away', async () => {
    const folder = copyOf(dataDir);
    rmSync(file(folder, 'journal'), { recursive: true });
    const service = await serveFolder(folder);
    await service.stop();
    expect(service.errorLines().join('\n')).toContain('journal missing');
    expect(verifyJournal(file(folder, 'journal')).map(({ eventName }) => eventName)).toEqual([
      'JournalMissing',
      'Unseal',
    ]);
  });

  it('is served, with an alarm and what is behind the change kept, where its journal was changed', async () => {
    const folder = copyOf(dataDir);
    const path = join(folder, 'journal/00000001.jsonl');
    const text = readFileSync(path, 'utf8');
    const changed = text.replace('"eventName":"CreateKey"', '"eventName":"EditedKey"');
    writeFileSync(path, changed);
    const service = await serveFolder(folder);
    await service.stop();
    expect(service.errorLines().join('\n')).toContain('journal chain broken');
    const [kept = ''] = readdirSync(file(folder, 'journal')).filter((name) => name.startsWith('cut-'));
    const [, record] = verifyJournal(file(folder, 'journal'));
    expect(record).toMatchObject({ eventName: 'JournalChainBroken', keptAs: kept });
    expect(changed.endsWith(readFileSync(join(folder, 'journal', kept), 'utf8'))).toBe(true);
    expect(readFileSync(join(folder, 'journal', kept), 'utf8')).toContain('CreateAlias');
  });
});

describe('A first start that was cut short', () => {
  it('begins again, and then works, whenever it was killed', async () => {
    for (let afterMs = 0; afterMs <= 600; afterMs += 50) {
      const folder = temporaryFolder();
      await killWhileStarting(folder, afterMs);
      const service = await serveFolder(folder);
      await makeKey(service.url);
      await service.kill();
      expect(await findsItsKey(folder), `killed after ${afterMs} ms`).toBe(true);
    }
  });

  it.each<readonly [string, (folder: string) => void]>([
    [
      "the seal's key",
      (folder) => {
        for (const name of ['seal.json', 'keyhaven.db', 'journal'])
          rmSync(file(folder, name), { recursive: true });
      },
    ],
    [
      "half the seal's key",
      (folder) => {
        for (const name of readdirSync(folder)) rmSync(file(folder, name), { recursive: true });
        writeFileSync(file(folder, 'file-seal.key.new'), 'half', { mode: 0o644 });
      },
    ],
    [
      'an empty database file',
      (folder) => {
        for (const name of ['seal.json', 'journal']) rmSync(file(folder, name), { recursive: true });
        truncateSync(file(folder, 'keyhaven.db'), 0);
      },
    ],
    [
      'a database without rows',
      (folder) => {
        for (const name of ['seal.json', 'journal']) rmSync(file(folder, name), { recursive: true });
        emptyTables(folder);
      },
    ],
    [
      'a seal header, and a database without rows',
      (folder) => {
        rmSync(file(folder, 'journal'), { recursive: true });
        emptyTables(folder);
      },
    ],
  ])('begins again where it left %s', async (_what, undo) => {
    const folder = copyOf(dataDir);
    undo(folder);
    const service = await serveFolder(folder);
    await makeKey(service.url);
    await service.stop();
    expect(await findsItsKey(folder)).toBe(true);
    expect(service.errorLines()).toEqual([]);
  });
});

describe('A data folder', () => {
  it('belongs to one process, and the refusal names it', async () => {
    const folder = copyOf(dataDir);
    const service = await serveFolder(folder);
    const { exitCode, stderr } = await refusedStart(folder);
    expect(stderr).toContain(`in use by process ${service.pid}`);
    expect(exitCode).toBe(1);
    await service.kill();
    expect(await findsItsKey(folder)).toBe(true);
  });

  it('is not said to be in use where its lock is only damaged', async () => {
    const folder = copyOf(dataDir);
    writeFileSync(file(folder, 'lock'), 'x'.repeat(4096));
    expect((await refusedStart(folder)).stderr).toMatch(/cannot be locked: file is not a database/);
  });

  it.each<readonly [string, (folder: string) => void]>([
    [
      'deleted',
      (folder) => {
        rmSync(file(folder, 'lock'));
      },
    ],
    [
      'replaced by a copy',
      (folder) => {
        copyFileSync(file(folder, 'lock'), file(folder, 'copy'));
        renameSync(file(folder, 'copy'), file(folder, 'lock'));
      },
    ],
    [
      'taken away with the whole folder',
      (folder) => {
        renameSync(folder, `${folder}-moved`);
        folders.push(`${folder}-moved`);
      },
    ],
  ])('ends its service with exit code 74 when its lock is %s', async (_how, lose) => {
    const folder = copyOf(dataDir);
    const service = await serveFolder(folder);
    lose(folder);
    expect(await service.ended()).toBe(74);
    expect(service.errorLines().join('\n')).toMatch(/lock was deleted or replaced/);
    await expect(fetch(`${service.url}/health`)).rejects.toThrow();
  });

  it('is whole after its lock was deleted and a second service took it over', async () => {
    const folder = copyOf(dataDir);
    const first = await serveFolder(folder);
    rmSync(file(folder, 'lock'));
    expect(await first.ended()).toBe(74);
    const second = await serveFolder(folder);
    await makeKeyWithoutAlias(second.url);
    expect(await second.stop()).toBe(0);
    expect(await findsItsKey(folder)).toBe(true);
    verifyJournal(file(folder, 'journal'));
  });

  describe.skipIf(process.getuid?.() !== 0)('with a file of another user', () => {
    it.each(['.', 'seal.json', 'file-seal.key', 'keyhaven.db'])(
      'is refused, and says how to mend it: %s',
      async (name) => {
        const folder = copyOf(dataDir);
        chownSync(file(folder, name), 65_534, 65_534);
        const { exitCode, stderr } = await refusedStart(folder);
        expect(exitCode).toBe(1);
        expect(stderr).toContain(`${file(folder, name)} belongs to the user with id 65534`);
        expect(stderr).toContain(`chown 0 ${file(folder, name)}`);
        chownSync(file(folder, name), 0, 0);
        expect(await findsItsKey(folder)).toBe(true);
      },
    );
  });

  it('has mode 0700 and every file in it 0600, whatever they had', async () => {
    const folder = copyOf(dataDir);
    chmodSync(folder, 0o755);
    for (const name of ['keyhaven.db', 'lock']) chmodSync(file(folder, name), 0o644);
    const service = await serveFolder(folder);
    await makeKeyWithoutAlias(service.url);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect(mode, entry.name).toBe(entry.isDirectory() ? 0o700 : 0o600);
    }
    await service.stop();
  });

  it('is refused, and left as it is, where it holds what is not ours and others may read it', async () => {
    const folder = temporaryFolder();
    writeFileSync(file(folder, 'letter.txt'), 'hello');
    chmodSync(folder, 0o755);
    expect((await refusedStart(folder)).stderr).toMatch(
      /holds files of others and can be read by other users/,
    );
    expect(statSync(folder).mode & 0o777).toBe(0o755);
    expect(readdirSync(folder)).toEqual(['letter.txt']);
  });

  it('is refused where it cannot be made', async () => {
    const folder = temporaryFolder();
    writeFileSync(file(folder, 'a-file'), '');
    symlinkSync('/proc/1/nowhere', file(folder, 'a-link'));
    for (const name of ['a-file', 'a-file/below', 'a-link/below']) {
      expect((await refusedStart(file(folder, name))).stderr).toMatch(
        /data folder .* cannot be made or written/,
      );
    }
    mkdirSync(file(folder, 'fine'));
  });
});

async function makeKeyWithoutAlias(url: string): Promise<void> {
  const kms = clientFor(url);
  await kms.send(new CreateKeyCommand({}));
  kms.destroy();
}
