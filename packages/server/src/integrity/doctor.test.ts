import { chmodSync, chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '@keyhaven/crypto';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  EncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../clock.ts';
import { FolderLock } from '../installation/folder-lock.ts';
import { findInstallation, openReadOnly, unsealFolder } from '../installation/open-read-only.ts';
import { auditOutboxTable, domainKeyTable, headTable, heartbeatTable } from '../storage/tables.ts';
import { checkClock, judgeFreeBytes } from './check-surroundings.ts';
import type { Finding } from './finding.ts';
import {
  continueStore,
  copyOf,
  examineStopped,
  fillStore,
  inDatabase,
  type RightRows,
  type StoppedStore,
  withKeys,
} from './stopped-store.test-support.ts';

const noOpeners = {
  material: () => {
    throw new Error('no secret is opened here');
  },
  accessKey: () => {
    throw new Error('no secret is opened here');
  },
};

let store: StoppedStore;
let foreign: StoppedStore;

beforeAll(async () => {
  store = await fillStore(async (service) => {
    const kms = service.client();
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '');
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: ids[0], PendingWindowInDays: 7 }));
    await service.advance(8 * day);
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/one', TargetKeyId: ids[1] }));
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: ids[1] }));
    await kms.send(new EncryptCommand({ KeyId: ids[1], Plaintext: Buffer.from('x') }));
  });
  foreign = await fillStore(() => Promise.resolve());
});
afterAll(() => {
  store.remove();
  foreign.remove();
});

const briefly = (findings: readonly Finding[]) =>
  findings.map(({ severity, check }) => `${severity} ${check}`);

async function findingsIn(damage: (copy: string) => void | Promise<void>): Promise<readonly Finding[]> {
  const copy = copyOf(store.dataDir);
  await damage(copy);
  return (await examineStopped(copy)).findings;
}

/** Rewrites the journal as someone can who knows how it is chained: everything follows. */
function rewriteJournal(dataDir: string, edit: (lines: readonly string[]) => readonly string[]): void {
  const path = join(dataDir, 'journal/00000001.jsonl');
  let chain = '0'.repeat(64);
  const texts = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(65));
  const lines = edit(texts).map((json) => {
    chain = sha256Hex(chain + json);
    return `${chain} ${json}\n`;
  });
  writeFileSync(path, lines.join(''));
}

describe('The journal against the store', () => {
  it('shows that records of changes were removed from its end', async () => {
    const findings = await findingsIn((copy) => {
      rewriteJournal(copy, (lines) => lines.slice(0, -3));
    });
    expect(findings).toEqual([
      {
        severity: 'damage',
        check: 'journal-behind-store',
        table: 'head',
        key: '000000000000 / eu-west-2',
        text: expect.stringMatching(
          /^The store counts 7 changes of account 000000000000 in eu-west-2, the journal tells of 5/,
        ) as string,
      },
    ]);
  });

  it('does not show that the record of a read was removed from its end, which is not caught yet', async () => {
    const findings = await findingsIn((copy) => {
      rewriteJournal(copy, (lines) => lines.filter((line) => !line.includes('"Encrypt"')));
    });
    expect(findings).toEqual([]);
  });

  it('shows that it does not tell of a destruction, even where it was chained anew', async () => {
    const findings = await findingsIn((copy) => {
      rewriteJournal(copy, (lines) => lines.map((line) => line.replace('"DeleteKey"', '"RotateKey"')));
    });
    expect(briefly(findings)).toEqual(['damage destruction-unrecorded']);
  });

  it('shows that it is missing', async () => {
    const findings = await findingsIn((copy) => {
      rmSync(join(copy, 'journal'), { recursive: true });
    });
    expect(briefly(findings)).toEqual(['damage journal-missing']);
  });

  it('is a warning, and not compared by number, where the service began a new one', async () => {
    const copy = copyOf(store.dataDir);
    rmSync(join(copy, 'journal'), { recursive: true });
    await continueStore(copy, () => Promise.resolve());
    const { findings, journal } = await examineStopped(copy);
    expect(briefly(findings)).toEqual(['warning journal-hole']);
    expect(journal.isCompared).toBe(false);
  });

  it('is not compared by number where its chain is broken: that is the finding', async () => {
    const copy = copyOf(store.dataDir);
    const path = join(copy, 'journal/00000001.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, lines.filter((_line, n) => n !== 2).join('\n'));
    const { findings, journal } = await examineStopped(copy);
    expect(briefly(findings)).toEqual(['damage journal-chain']);
    expect(journal.isCompared).toBe(false);
  });

  it('is not behind where the rest of its records is in the outbox, as a kill leaves it', async () => {
    const copy = copyOf(store.dataDir);
    let removed: readonly string[] = [];
    rewriteJournal(copy, (lines) => {
      removed = lines.slice(-3);
      return lines.slice(0, -3);
    });
    await withKeys(copy, ({ put }) => {
      for (const [index, line] of removed.entries()) {
        const [record] = JSON.parse(line) as { readonly eventId: string }[];
        const row = { sequence: index + 1, event_id: record?.eventId ?? '', record: JSON.stringify(record) };
        put(auditOutboxTable, { ...row, journal_segment: 1, journal_offset: 0 }, 1);
      }
    });
    const { findings, journal } = await examineStopped(copy);
    expect(findings).toEqual([]);
    expect(journal).toMatchObject({ waiting: 3, isCompared: true });
  });

  it('is a warning, and not compared, where a backup was restored whose first start has not been', async () => {
    const copy = copyOf(store.dataDir);
    await withKeys(copy, ({ put }) => {
      const record = JSON.stringify({
        eventId: 'a',
        eventType: 'AwsServiceEvent',
        eventName: 'RestoreBackup',
      });
      put(auditOutboxTable, { sequence: 1, event_id: 'a', journal_segment: 1, journal_offset: 0, record }, 1);
      put(headTable, { account_id: '000000000000', region: 'eu-west-2', commit_number: 3 }, 3);
    });
    inDatabase(copy, (db) => {
      for (const table of ['kms_key', 'key_policy', 'key_material', 'alias', 'key_last_usage'])
        db.exec(`DELETE FROM ${table}`);
    });
    expect(briefly((await examineStopped(copy)).findings)).toEqual(['warning journal-hole']);
  });

  it('is a warning where it ends before a place that it had reached', async () => {
    const copy = copyOf(store.dataDir);
    await withKeys(copy, ({ put }) => {
      const row = {
        sequence: 1,
        event_id: 'a',
        journal_segment: 1,
        journal_offset: 999_999,
        record: '{"eventId":"a"}',
      };
      put(auditOutboxTable, row, 1);
    });
    expect(briefly((await examineStopped(copy)).findings)).toEqual(['warning journal-end']);
  });

  it('says nothing of removed records once a domain key of the Region was replaced, which is not caught yet', async () => {
    const copy = copyOf(store.dataDir);
    rewriteJournal(copy, (lines) => lines.slice(0, -3));
    await withKeys(copy, ({ read, put }) => {
      put(domainKeyTable, read(domainKeyTable, { key_scope: 'region/eu-west-2' }), 2);
    });
    expect((await examineStopped(copy)).findings).toEqual([]);
  });
});

describe('Everything beside the rows', () => {
  it.each<readonly [string, string, (copy: string) => void]>([
    [
      'a database that others may read',
      'warning file-mode',
      (copy) => {
        chmodSync(join(copy, 'keyhaven.db'), 0o644);
      },
    ],
    [
      'a folder that others may enter',
      'warning file-mode',
      (copy) => {
        chmodSync(copy, 0o755);
      },
    ],
    [
      'a journal that others may read',
      'warning file-mode',
      (copy) => {
        chmodSync(join(copy, 'journal/00000001.jsonl'), 0o604);
      },
    ],
    [
      'a trigger',
      'damage database-file',
      (copy) => {
        inDatabase(copy, (db) => {
          db.exec('CREATE TRIGGER evil AFTER INSERT ON kms_key BEGIN DELETE FROM tombstone; END');
        });
      },
    ],
  ])('is examined too: %s', async (_what, expected, damage) => {
    expect(briefly(await findingsIn(damage))).toEqual([expected]);
  });

  it.runIf(process.getuid?.() === 0)('is examined too: a file of another user', async () => {
    const findings = await findingsIn((copy) => {
      chownSync(join(copy, 'journal/00000001.jsonl'), 4242, 4242);
    });
    expect(briefly(findings)).toEqual(['warning file-owner']);
  });

  it('is examined too: an index that lacks entries, in which rows would not be found', async () => {
    const findings = await findingsIn((copy) => {
      const definition = "SELECT sql FROM sqlite_schema WHERE name = 'alias_by_target'";
      const sql = inDatabase(copy, (db) => String(db.prepare(definition).get()?.['sql']));
      const redefine = (as: string) => {
        inDatabase(copy, (db) => {
          db.enableDefensive(false);
          db.exec('PRAGMA writable_schema = ON');
          db.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'alias_by_target'").run(as);
        });
      };
      redefine(`${sql} WHERE FALSE`);
      inDatabase(copy, (db) => {
        db.exec('REINDEX alias_by_target');
      });
      redefine(sql);
    });
    expect(findings.map(({ text }) => text).sort()).toEqual([
      'SQLite says of the database: row 1 missing from index alias_by_target',
      'SQLite says of the database: wrong # of entries in index alias_by_target',
    ]);
  });

  it('is examined even where the database is none', async () => {
    const findings = await findingsIn((copy) => {
      writeFileSync(join(copy, 'keyhaven.db'), 'x'.repeat(8192));
      writeFileSync(join(copy, 'journal/00000002.jsonl'), 'x\n');
    });
    expect(briefly(findings)).toEqual(['damage database-file', 'damage journal-chain']);
  });

  it('leaves rows alone that an older version wrote', async () => {
    const findings = await findingsIn((copy) => {
      inDatabase(copy, (db) => {
        db.exec('PRAGMA user_version = 1');
      });
    });
    expect(briefly(findings)).toEqual(['warning database-schema']);
  });

  it.each<readonly [string, readonly string[], Readonly<Record<string, number>>]>([
    ['destruction that waits', ['warning destruction-held'], { hold_remaining_ms: 60_000 }],
    ['destruction that an operator holds', ['warning destruction-held'], { held_since: 1 }],
    ['a clock that went back', ['warning clock'], { service_time: 9e12 }],
  ])('is examined too: %s', async (_what, expected, values) => {
    const copy = copyOf(store.dataDir);
    await withKeys(copy, ({ read, put }: RightRows) => {
      put(heartbeatTable, { ...read(heartbeatTable, {}), ...values }, 99);
    });
    expect(briefly((await examineStopped(copy)).findings)).toEqual(expected);
  });

  it('is examined too: a heartbeat that stopped, after a second look', async () => {
    const copy = copyOf(store.dataDir);
    const folder = findInstallation(copy);
    const opened = await openReadOnly(folder, await unsealFolder(folder), new SystemClock());
    const examined = { ...opened, openers: noOpeners };
    const clock = new SystemClock(9 * day * 1000);
    let looks = 0;
    const wait = () => Promise.resolve(looks++);
    expect(briefly(await checkClock(examined, clock, true, wait))).toEqual(['warning heartbeat']);
    expect(looks).toBe(4);
    expect(await checkClock(examined, clock, false, wait)).toEqual([]);
    const beat = () => {
      clock.advance(-day * 1000);
      return Promise.resolve();
    };
    expect(await checkClock(examined, clock, true, beat)).toEqual([]);
    await opened.storage.close();
  });

  it('counts the bytes that the disk has left', () => {
    expect(judgeFreeBytes('/data', 300 * 1024 * 1024)).toEqual([]);
    expect(judgeFreeBytes('/data', 200 * 1024 * 1024).map(({ text }) => text)).toEqual([
      'The disk of /data has 200 MiB left: once it is full, every request is refused.',
    ]);
  });
});

describe('An examination of a folder is refused', () => {
  const refusal = async (dataDir: string) =>
    examineStopped(dataDir).then(
      () => 'examined',
      (error: unknown) => String(error),
    );

  it('where there is no installation, and makes none', async () => {
    const dataDir = join(store.dataDir, '..', 'nothing');
    expect(await refusal(dataDir)).toMatch(/StartRefusal: The folder .*nothing holds no installation/);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('where a service uses it', async () => {
    const copy = copyOf(store.dataDir);
    const lock = FolderLock.take(copy, new Date(new SystemClock().now()).toISOString(), () => undefined);
    expect(await refusal(copy)).toMatch(/StartRefusal: The data folder .* is in use by process/);
    lock.release();
  });

  it('where the seal does not open', async () => {
    const copy = copyOf(store.dataDir);
    writeFileSync(join(copy, 'seal.json'), readFileSync(join(foreign.dataDir, 'seal.json')));
    expect(await refusal(copy)).toMatch(/SealRefusal: The seal does not open the seal header/);
  });

  it.runIf(process.getuid?.() === 0)("where the database is another user's", async () => {
    const copy = copyOf(store.dataDir);
    chownSync(join(copy, 'keyhaven.db'), 4242, 4242);
    expect(await refusal(copy)).toMatch(/StartRefusal: .*keyhaven.db belongs to the user with id 4242/);
  });
});
