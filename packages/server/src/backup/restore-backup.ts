import { renameSync } from 'node:fs';
import type { Secret } from '@keyhaven/crypto';
import { type JournalEnd } from '../audit/journal-end.ts';
import { SystemClock } from '../clock.ts';
import { syncFolder } from '../durable-file.ts';
import type { Unsealed } from '../installation/open-installation.ts';
import { migrations } from '../storage/migrations/index.ts';
import { DatabaseFlaw, inspectDatabase } from '../storage/sqlite/snapshot.ts';
import { type ManifestTexts, readBackupFile } from './archive.ts';
import { BackupRefusal, type OnProgress } from './backup-refusal.ts';
import { copyJournal } from './copy-journal.ts';
import { JournalFindings } from './destroyed-keys.ts';
import { readIdentityFile } from './identity-file.ts';
import { isBelow } from './is-below.ts';
import type { Manifest } from './manifest.ts';
import { readJournalFrom } from './read-journal.ts';
import { recordRestore, type RestoreFacts } from './record-restore.ts';
import { replayDestructions } from './replay-destructions.ts';
import { replayMaterialDeletions } from './replay-material-deletions.ts';
import { RestoreFolder } from './restore-folder.ts';
import {
  closeStore,
  openRestoredStore,
  refuseForgedManifest,
  type SealOpening,
  unsealRestored,
} from './restored-store.ts';

/** What a restore may do although it is unsafe, by name. */
export type UnsafeRestore = 'lost-destructions';

export interface RestoreOptions {
  readonly backup: string;
  /** A file as age-keygen writes it. */
  readonly identityFile: string;
  /** Absent, empty, or left behind by a restore that was cut short. */
  readonly dataDir: string;
  /** The folder of the journal that went on after the backup. */
  readonly journal: string | undefined;
  readonly allow: ReadonlySet<UnsafeRestore>;
  readonly seal: SealOpening;
}

export interface RestoreResult extends RestoreFacts {
  readonly dataDir: string;
  readonly installationId: string;
  readonly rows: number;
  /** When the last record of the given journal was made: what was destroyed later is not known. Epoch milliseconds. */
  readonly journalEndsAt: number | undefined;
}

/**
 * Restores a backup into a folder of its own. Nothing can be served from the folder before every row is verified and
 * whatever was destroyed after the backup is destroyed again. Throws a StartRefusal, and then leaves nothing behind.
 */
export async function restoreBackup(
  options: RestoreOptions,
  onProgress: OnProgress = () => undefined,
): Promise<RestoreResult> {
  refuseUnknownDestructions(options);
  refusePathsInside(options);
  const clock = new SystemClock();
  const identities = readIdentityFile(options.identityFile);
  try {
    const target = await RestoreFolder.take(options.dataDir, clock);
    try {
      const result = await new Restore(options, target, clock, onProgress).run(identities);
      target.finish();
      return result;
    } catch (error) {
      await target.abandon();
      throw asRefusal(error);
    }
  } finally {
    for (const identity of identities) identity.dispose();
  }
}

/** The steps of one restore, in their order. */
class Restore {
  readonly #options: RestoreOptions;
  readonly #target: RestoreFolder;
  readonly #clock: SystemClock;
  readonly #onProgress: OnProgress;
  readonly #writerLost = Promise.withResolvers<never>();

  constructor(options: RestoreOptions, target: RestoreFolder, clock: SystemClock, onProgress: OnProgress) {
    this.#options = options;
    this.#target = target;
    this.#clock = clock;
    this.#onProgress = onProgress;
    this.#writerLost.promise.catch(() => undefined);
  }

  async run(identities: readonly Secret[]): Promise<RestoreResult> {
    const { folder, stagedHeader } = this.#target;
    this.#onProgress({ text: 'decrypting the backup' });
    const backup = await this.#unpack(identities);
    const unsealed = await unsealRestored(stagedHeader, folder, this.#options.seal);
    let facts: RestoreFacts;
    let findings: JournalFindings;
    try {
      // Before SQLite opens the file: from here on it is known to be the one that the installation wrote.
      refuseForgedManifest(unsealed, backup, backup.parsed.installationId);
      this.#inspect(backup.parsed);
      findings = new JournalFindings();
      const journal = await this.#readJournal(backup.parsed, findings);
      facts = await Promise.race([
        this.#fill(unsealed, backup.parsed, findings, journal),
        this.#writerLost.promise,
      ]);
    } finally {
      for (const { key } of unsealed.rootKeys) key.dispose();
    }
    syncFolder(folder.path);
    renameSync(stagedHeader, folder.sealHeader);
    const rows = Object.values(backup.parsed.rows).reduce((sum, count) => sum + count, 0);
    const { installationId } = unsealed;
    return { ...facts, dataDir: folder.path, installationId, rows, journalEndsAt: findings.lastAt };
  }

  #unpack(identities: readonly Secret[]): Promise<ManifestTexts & { readonly parsed: Manifest }> {
    const { folder, stagedHeader } = this.#target;
    const files = { sealHeader: stagedHeader, database: folder.database };
    return readBackupFile(this.#options.backup, identities, files, ({ schemaVersion, madeBy }) => {
      if (schemaVersion <= migrations.length) return;
      throw new BackupRefusal(
        `The backup was made by a newer version (${madeBy}, schema ${schemaVersion}; this version knows ${migrations.length}).`,
        'Restore it with the version that made it, or a newer one.',
      );
    });
  }

  #inspect({ schemaVersion }: Manifest): void {
    const { backup } = this.#options;
    try {
      if (inspectDatabase(this.#target.folder.database).schemaVersion === schemaVersion) return;
    } catch (error) {
      if (!(error instanceof DatabaseFlaw)) throw error;
      throw new BackupRefusal(
        `The database in the backup ${backup} ${error.message}.`,
        'Take an older backup.',
      );
    }
    throw new BackupRefusal(
      `The database in ${backup} is of another schema than its manifest says.`,
      'Take an older backup.',
    );
  }

  async #readJournal({ installationId, journal }: Manifest, findings: JournalFindings): Promise<JournalEnd> {
    const given = this.#options.journal;
    if (given === undefined) return { segment: 1, offset: 0, chain: '' };
    this.#onProgress({ text: 'reading the journal' });
    const { folder } = this.#target;
    copyJournal(given, folder.journal);
    const { end } = await readJournalFrom(folder.journal, installationId, journal, (record) => {
      findings.note(record);
    });
    return end;
  }

  async #fill(
    unsealed: Unsealed,
    { madeAt }: Manifest,
    findings: JournalFindings,
    journal: JournalEnd,
  ): Promise<RestoreFacts> {
    this.#onProgress({ text: 'verifying every row' });
    const { folder } = this.#target;
    const store = await openRestoredStore(folder, unsealed, this.#clock, this.#writerLost.reject);
    try {
      this.#clock.moveTo(store.row.clock_offset_ms);
      const { destroyed, deletedMaterials, changesLost } = findings;
      this.#onProgress({
        text: 'destroying again what was destroyed after the backup',
        of: destroyed.length + deletedMaterials.length,
      });
      const facts = {
        backupMadeAt: madeAt,
        destructionsReplayed: await replayDestructions(store, destroyed),
        materialDeletionsReplayed: await replayMaterialDeletions(store, deletedMaterials),
        destructionsUnknown: this.#options.journal === undefined,
        changesLost,
      };
      return await recordRestore(store.storage, facts, journal, this.#clock.now());
    } finally {
      await closeStore(store);
    }
  }
}

function refuseUnknownDestructions({ journal, allow }: RestoreOptions): void {
  if (journal !== undefined || allow.has('lost-destructions')) return;
  throw new BackupRefusal(
    'Without the journal that went on after the backup, keys that were destroyed since would come back.',
    'Give the journal with --journal; if it is lost and you accept that, say --allow-unsafe lost-destructions.',
  );
}

/** What a restore reads must not lie where it clears what an earlier attempt left. */
function refusePathsInside({ dataDir, backup, journal, identityFile, seal }: RestoreOptions): void {
  const inside = [backup, journal, identityFile, seal.keyFile].find(
    (path) => path !== undefined && isBelow(dataDir, path),
  );
  if (inside === undefined) return;
  throw new BackupRefusal(
    `${inside} lies in the folder ${dataDir} that is restored into.`,
    'Move it elsewhere, or name another folder with --data-dir.',
  );
}

/** What the system refused is for the user to mend; anything else is a fault of ours. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new BackupRefusal(
    `The backup could not be restored: ${error.message}.`,
    'Nothing was restored. Mend the cause, such as a full disk, and run it again.',
  );
}
