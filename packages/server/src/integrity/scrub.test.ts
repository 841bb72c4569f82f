import { readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CreateKeyCommand, TagResourceCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Accounts } from '../accounts/accounts.ts';
import { SystemClock } from '../clock.ts';
import { findInstallation, openReadOnly, unsealFolder } from '../installation/open-read-only.ts';
import { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import { Alarm } from '../telemetry/alarm.ts';
import { Scrub } from './scrub.ts';
import { secretOpeners } from './secret-openers.ts';
import { copyOf, fillStore, inDatabase, type StoppedStore } from './stopped-store.test-support.ts';

const dayMs = 24 * 60 * 60 * 1000;

let store: StoppedStore;

beforeAll(async () => {
  store = await fillStore(async (service) => {
    const kms = service.client();
    for (const TagValue of ['one', 'two']) {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      await kms.send(
        new TagResourceCommand({ KeyId: KeyMetadata?.KeyId, Tags: [{ TagKey: 'name', TagValue }] }),
      );
    }
  });
});
afterAll(() => {
  store.remove();
});

/** A scrub whose time passes as fast as it can; it stands still after the passes that a test asks for. */
class Trial {
  readonly dataDir: string;
  readonly scrub: Scrub;
  readonly records: { readonly eventName: string; readonly finding: Readonly<Record<string, string>> }[] = [];
  readonly alarms: Readonly<Record<string, unknown>>[] = [];
  /** What was waited for, by pass. */
  readonly waits: number[][] = [];
  isJournalFull = false;
  /** Slices that will fail because of something that is no damage. */
  failures = 0;
  #now = 0;
  #until = 0;
  #standing = Promise.withResolvers<undefined>();

  private constructor(dataDir: string, store: ConstructorParameters<typeof Scrub>[0]['store']) {
    this.dataDir = dataDir;
    const journalFolder = join(dataDir, 'journal');
    const offset = statSync(join(journalFolder, '00000001.jsonl')).size;
    const clock = { now: () => 1000, wallNow: () => 1000, monotonicNow: () => this.#tellTime() };
    this.scrub = new Scrub({
      store,
      journalFolder,
      journal: {
        position: { segment: 1, offset },
        append: (records) => {
          this.#append(records);
        },
      },
      clock,
      alarm: new Alarm(
        (line) => this.alarms.push(JSON.parse(line) as Record<string, unknown>),
        () => this.#now,
      ),
      wait: (ms, signal) => this.#wait(ms, signal),
    });
  }

  static async open(damage: (copy: string) => void = () => undefined): Promise<Trial> {
    const copy = copyOf(store.dataDir);
    damage(copy);
    const folder = findInstallation(copy);
    const opened = await openReadOnly(folder, await unsealFolder(folder), new SystemClock());
    const { installationId, keyring, storage, protector } = opened;
    const openers = secretOpeners(
      new SoftwareKeyStore(keyring, installationId),
      new Accounts(storage, keyring),
    );
    const trial = new Trial(copy, { installationId, keyring, protector, openers, storage });
    onTestFinished(async () => {
      await trial.scrub.stop();
      await storage.close();
    });
    return trial;
  }

  /** Resolves when so many passes have ended. */
  async passes(count: number): Promise<void> {
    this.#until = count;
    this.#standing = Promise.withResolvers<undefined>();
    this.#goOn?.();
    this.scrub.start();
    await this.#standing.promise;
  }

  #goOn: (() => void) | undefined;

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { passes } = this.scrub.state;
    (this.waits[passes] ??= []).push(ms);
    if (passes >= this.#until) {
      this.#standing.resolve(undefined);
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
    }
    signal.throwIfAborted();
    this.#now += ms;
    await nextTurn();
  }

  #tellTime(): number {
    if (this.failures-- > 0) throw new Error('no time');
    return this.#now;
  }

  #append(records: readonly string[]): void {
    if (this.isJournalFull) throw new Error('the journal cannot be written');
    this.records.push(...records.map((record) => JSON.parse(record) as (typeof this.records)[number]));
  }
}

const editTags = (copy: string, where = '') => {
  inDatabase(copy, (db) => db.exec(`UPDATE tag SET tag_value = 'edited' ${where}`));
};

describe('The scrub', () => {
  it('raises and records nothing where nothing is damaged, and counts its passes', async () => {
    const trial = await Trial.open();
    await trial.passes(3);
    expect(trial.scrub.state).toEqual({ passes: 3, findings: 0 });
    expect(trial.records).toEqual([]);
    expect(trial.alarms).toEqual([]);
  });

  it('never takes two slices within 300 ms, and spreads a small store over a day from its second pass on', async () => {
    const trial = await Trial.open();
    await trial.passes(2);
    const [first = [], second = []] = trial.waits;
    expect(Math.min(...first, ...second)).toBe(300);
    expect(new Set(first)).toEqual(new Set([300]));
    const took = second.slice(0, -1).reduce((sum, ms) => sum + ms, 0);
    expect(took).toBeGreaterThan(0.9 * dayMs);
    expect(took).toBeLessThan(1.1 * dayMs);
  });

  it('tells of what it finds by one alarm and one record, and not again in the next pass', async () => {
    const trial = await Trial.open((copy) => {
      editTags(copy, 'WHERE rowid = 1');
    });
    await trial.passes(3);
    expect(trial.records).toMatchObject([
      {
        eventName: 'IntegrityFailure',
        eventType: 'AwsServiceEvent',
        eventTime: 1000,
        finding: { check: 'row-integrity', table: 'tag' },
      },
    ]);
    expect(trial.alarms).toMatchObject([
      { level: 'alarm', event: 'integrity failure', check: 'row-integrity', table: 'tag', more: 0 },
    ]);
    expect(trial.scrub.state.findings).toBe(1);
  });

  it('tells of each thing that it finds, and of what comes later', async () => {
    const trial = await Trial.open((copy) => {
      editTags(copy);
    });
    await trial.passes(1);
    expect(trial.records.map(({ finding }) => finding['table'])).toEqual(['tag', 'tag']);
    inDatabase(trial.dataDir, (db) => db.exec('UPDATE account SET created_at = 1'));
    await trial.passes(2);
    expect(trial.records.map(({ finding }) => finding['table'])).toEqual(['tag', 'tag', 'account']);
    expect(trial.alarms.map(({ table }) => table)).toContain('account');
  });

  it('reads the journal too', async () => {
    const trial = await Trial.open();
    const path = join(trial.dataDir, 'journal/00000001.jsonl');
    writeFileSync(path, 'x'.repeat(statSync(path).size - 1) + '\n');
    await trial.passes(1);
    expect(trial.records.map(({ finding }) => finding['check'])).toEqual(['journal-chain']);
  });

  it('says nothing of what is only a warning', async () => {
    const trial = await Trial.open((copy) => {
      writeFileSync(join(copy, 'journal/cut-1-9-1'), 'torn');
    });
    await trial.passes(1);
    expect(trial.records).toEqual([]);
    expect(trial.alarms).toEqual([]);
  });

  it('remembers a thousand findings, and tells each pass only that there are more', async () => {
    const trial = await Trial.open((copy) => {
      inDatabase(copy, (db) => {
        db.exec(`WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1100)
          INSERT INTO tag SELECT account_id, region, key_id, value, tag_value, version, domain_key_id, mac
          FROM tag, n WHERE tag.rowid = 1`);
      });
    });
    await trial.passes(2);
    expect(trial.records).toHaveLength(1000);
    const more = trial.alarms.filter(({ event }) => event === 'more integrity failures than are remembered');
    expect(more.map(({ count }) => count)).toEqual([100, 100]);
  });

  it('goes on where the journal cannot be written: the journal keeps what it owes', async () => {
    const trial = await Trial.open((copy) => {
      editTags(copy);
    });
    trial.isJournalFull = true;
    await trial.passes(2);
    expect(trial.scrub.state).toEqual({ passes: 2, findings: 2 });
    expect(trial.alarms).toHaveLength(1);
  });

  it('tries again after an hour where it fails', async () => {
    const trial = await Trial.open();
    trial.failures = 2;
    await trial.passes(1);
    expect(trial.alarms.map(({ event }) => event)).toContain('integrity scrub failed');
    expect(trial.waits.flat()).toContain(60 * 60 * 1000);
  });

  it('stops at once, whatever it waits for, and reads nothing more', async () => {
    const trial = await Trial.open();
    await trial.passes(1);
    const waits = trial.waits.flat().length;
    await trial.scrub.stop();
    await nextTurn();
    expect(trial.waits.flat()).toHaveLength(waits);
  });

  it.runIf(process.platform === 'linux')('closes the journal when it stops in the middle of it', async () => {
    const open = (folder: string) =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(join(folder, 'journal'));
        } catch {
          return false;
        }
      });
    const trial = await Trial.open((copy) => {
      const path = join(copy, 'journal/00000001.jsonl');
      writeFileSync(path, `${'x'.repeat(1_000_000)}\n`, { flag: 'a' });
    });
    const wait = trial.passes(9);
    while (open(trial.dataDir).length === 0) await nextTurn();
    await trial.scrub.stop();
    expect(open(trial.dataDir)).toEqual([]);
    expect(trial.scrub.state.passes).toBeLessThan(9);
    void wait;
  });
});
