import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { aliasRow, unit } from '../../../testkit/src/contracts/storage.ts';
import type { JournalEnd } from '../audit/journal-end.ts';
import { openDataFolder } from '../installation/data-folder.ts';
import { StartRefusal } from '../start-refusal.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { inspectDatabase } from '../storage/sqlite/snapshot.ts';
import { aliasTable } from '../storage/tables.ts';
import { insert } from '../storage/unit-of-work.ts';
import { type BackupParts, createBackup } from './create-backup.ts';
import type { Manifest } from './manifest.ts';

const identity = await generateX25519Identity();
const recipients = [await identityToRecipient(identity)];
const clock = {
  now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  wallNow: () => 0,
  monotonicNow: () => performance.now(),
};
const end: JournalEnd = { segment: 3, offset: 77, chain: 'ab'.repeat(32) };

/** A data folder with a store in it, and what a backup asks of a service, each call of which is written down. */
async function withStore(changes: Partial<BackupParts> = {}) {
  const folder = openDataFolder(temporaryFolder());
  const { storage } = await openStore(folder.database);
  await storage.commit(unit([insert(aliasTable, aliasRow('alias/a', 'k'))]));
  writeFileSync(folder.sealHeader, '{"a":"header"}');
  const calls: string[] = [];
  const parts: BackupParts = {
    folder,
    installationId: '766b3f36-bc2f-458c-bf36-1798cfe2a54e',
    clock,
    journal: {
      get end() {
        calls.push('journal end');
        return end;
      },
      sync: () => {
        calls.push('journal sync');
        return Promise.resolve();
      },
    },
    betweenJobs: async (work) => {
      calls.push('jobs wait');
      try {
        return await work();
      } finally {
        calls.push('jobs go on');
      }
    },
    authenticate: (_manifest, sealHeader) => {
      calls.push(`authenticate ${sealHeader}`);
      return 'a mac';
    },
    verifyScratch: (_database, sealHeader) => {
      calls.push(`verify ${sealHeader}`);
      return Promise.resolve();
    },
    ...changes,
  };
  return { parts, calls, folder, storage, to: temporaryFolder() };
}

async function refusalOf(attempt: Promise<unknown>): Promise<StartRefusal> {
  const error: unknown = await attempt.catch((caught: unknown) => caught);
  if (!(error instanceof StartRefusal)) throw new Error('it was not refused', { cause: error });
  return error;
}

describe('Making a backup', () => {
  it("takes the journal's position, makes it durable, and only then copies, while no job runs", async () => {
    const { parts, calls, to } = await withStore();
    const { path, rows } = await createBackup(parts, { to, recipients });
    expect(calls).toEqual([
      'jobs wait',
      'journal end',
      'journal sync',
      'jobs go on',
      'authenticate {"a":"header"}',
      'verify {"a":"header"}',
    ]);
    expect(path).toBe(join(to, 'keyhaven-backup-20260102T030405.678Z.age'));
    // The alias, and the head that counts its commit.
    expect(rows).toBe(2);
  });

  it('copies after the position was made durable: what was committed until then is in the copy', async () => {
    const made = await withStore();
    const sync = async () => {
      await made.storage.commit(unit([insert(aliasTable, aliasRow('alias/late', 'k'))]));
    };
    const parts = { ...made.parts, journal: { end, sync } };
    expect((await createBackup(parts, { to: made.to, recipients })).rows).toBe(3);
  });

  it('has the whole manifest authenticated, with the position in it', async () => {
    let manifest = '';
    const { parts, to, folder } = await withStore({
      authenticate: (text) => {
        manifest = text;
        return 'a mac';
      },
    });
    await createBackup(parts, { to, recipients });
    const told = JSON.parse(manifest) as Manifest;
    expect(told).toMatchObject({ journal: end, madeAt: clock.now(), rows: { alias: 1 } });
    expect(told.files['seal.json'].bytes).toBe(readFileSync(folder.sealHeader).length);
  });

  it('verifies what came out of the written file, before the file has its name', async () => {
    const seen: unknown[] = [];
    const made = await withStore();
    const verifyScratch = (database: string) => {
      seen.push(dirname(database), inspectDatabase(database).rows['alias'], readdirSync(made.to));
      return Promise.resolve();
    };
    await createBackup({ ...made.parts, verifyScratch }, { to: made.to, recipients });
    const [name = ''] = readdirSync(made.to);
    expect(seen).toEqual([join(made.folder.path, 'backup-scratch/check'), 1, [`${name}.partial`]]);
  });

  it('clears what a kill left of an earlier one', async () => {
    const { parts, folder, to } = await withStore();
    mkdirSync(join(folder.path, 'backup-scratch/check'), { recursive: true });
    writeFileSync(join(folder.path, 'backup-scratch/check/keyhaven.db'), 'half');
    await createBackup(parts, { to, recipients });
    expect(existsSync(join(folder.path, 'backup-scratch'))).toBe(false);
  });
});

describe('A backup is not made', () => {
  async function expectNothing(changes: Partial<BackupParts>, reason: RegExp): Promise<void> {
    const { parts, folder, to } = await withStore(changes);
    const { message, nextStep } = await refusalOf(createBackup(parts, { to, recipients }));
    expect(message).toMatch(reason);
    expect(nextStep).not.toBe('');
    expect(readdirSync(to)).toEqual([]);
    expect(readdirSync(folder.path)).not.toContain('backup-scratch');
  }

  it('where the journal cannot be made durable', async () => {
    const sync = () => Promise.reject(new Error('EIO'));
    await expectNothing({ journal: { end, sync } }, /journal could not be made durable/);
  });

  it('where the manifest cannot be authenticated', async () => {
    const authenticate = () => {
      throw new StartRefusal('The root key was replaced.', 'Run it again.');
    };
    await expectNothing({ authenticate }, /root key was replaced/);
  });

  it('where what was written does not verify', async () => {
    await expectNothing(
      { verifyScratch: () => Promise.reject(new Error('row x fails')) },
      /made: row x fails/,
    );
  });

  it('where the seal header is missing', async () => {
    const { parts, folder, to } = await withStore();
    const missing = { ...folder, sealHeader: join(folder.path, 'none') };
    const { message } = await refusalOf(createBackup({ ...parts, folder: missing }, { to, recipients }));
    expect(message).toContain('ENOENT');
    expect(readdirSync(to)).toEqual([]);
  });

  it('over one of the same name', async () => {
    const { parts, to } = await withStore();
    const path = join(to, 'keyhaven-backup-20260102T030405.678Z.age');
    writeFileSync(path, 'precious');
    expect((await refusalOf(createBackup(parts, { to, recipients }))).message).toContain('already');
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it.each([
    'copying the database',
    'encrypting',
    'reading back what was written',
    'verifying every row of what was written',
  ])('where it is stopped while it is %s', async (step) => {
    const { parts, folder, to } = await withStore({ verifyScratch: () => new Promise(() => undefined) });
    const stopping = new AbortController();
    const onProgress = ({ text }: { readonly text: string }) => {
      if (text === step) stopping.abort();
    };
    const request = { to, recipients, onProgress, signal: stopping.signal };
    expect((await refusalOf(createBackup(parts, request))).message).toContain(
      'stopped before it was complete',
    );
    expect(readdirSync(to)).toEqual([]);
    expect(readdirSync(folder.path)).not.toContain('backup-scratch');
  });

  it('where it was stopped before it began', async () => {
    const { parts, to } = await withStore();
    const signal = AbortSignal.abort();
    expect((await refusalOf(createBackup(parts, { to, recipients, signal }))).message).toContain('stopped');
    expect(readdirSync(to)).toEqual([]);
  });
});
