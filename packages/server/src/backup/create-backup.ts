import { existsSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { JournalEnd } from '../audit/journal-end.ts';
import type { Clock } from '../clock.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import { version } from '../version.ts';
import { BackupRefusal, type OnProgress } from './backup-refusal.ts';
import { BackupRun } from './backup-run.ts';
import { isBelow } from './is-below.ts';
import { parseRecipients } from './recipients.ts';
import { makeBackupScratch, sweepScratch } from './scratch.ts';
import type { BackupFigures, BackupTask, Question } from './worker-messages.ts';

/** What a backup asks of the service that it is made of. */
export interface BackupParts {
  readonly folder: DataFolder;
  readonly installationId: string;
  readonly clock: Clock;
  readonly journal: { readonly end: JournalEnd; sync(): Promise<void> };
  /** Runs something while no destruction does. */
  readonly betweenJobs: <T>(work: () => Promise<T>) => Promise<T>;
  /** The MAC of a manifest under a root key that the seal header holds. */
  readonly authenticate: (manifest: string, sealHeader: string) => string;
  /** Throws unless every row is as it was written and every key opens, by the keys of this installation. */
  readonly verifyScratch: (database: string, sealHeader: string) => Promise<void>;
}

export interface BackupRequest {
  /** An existing folder outside the data folder, or the path of a new file in one. */
  readonly to: string;
  /** `age1...` or `age1pq1...`. */
  readonly recipients: readonly string[];
  readonly onProgress?: OnProgress;
  /** Ends the backup; nothing is left of it. */
  readonly signal?: AbortSignal;
}

/** A backup that has been written, read back and verified. */
export interface BackupResult extends BackupFigures {
  readonly path: string;
  /** Service time, epoch milliseconds. */
  readonly madeAt: number;
  readonly seconds: number;
}

/**
 * Makes a backup of a running service. It stands under its name only after the written file has been decrypted again
 * and every row of it verified; whatever fails before leaves no backup. Throws a StartRefusal.
 */
export async function createBackup(parts: BackupParts, request: BackupRequest): Promise<BackupResult> {
  const { clock, folder } = parts;
  const recipients = parseRecipients(request.recipients);
  const begun = clock.monotonicNow();
  const madeAt = clock.now();
  const final = usableTarget(request.to, folder, madeAt);
  const partial = `${final}.partial`;
  await sweepScratch(folder);
  const taskAt = (journal: JournalEnd): BackupTask => ({
    database: folder.database,
    sealHeader: folder.sealHeader,
    scratch: makeBackupScratch(folder),
    recipients,
    partial,
    final,
    about: { installationId: parts.installationId, madeBy: `Keyhaven ${version}`, madeAt, journal },
  });
  try {
    const figures = await carryOut(parts, taskAt, request);
    return { ...figures, path: final, madeAt, seconds: (clock.monotonicNow() - begun) / 1000 };
  } finally {
    rmSync(partial, { force: true });
    await sweepScratch(folder);
  }
}

async function carryOut(
  parts: BackupParts,
  taskAt: (journal: JournalEnd) => BackupTask,
  { onProgress = () => undefined, signal }: BackupRequest,
): Promise<BackupFigures> {
  let run: BackupRun | undefined;
  const stop = () => void run?.end();
  signal?.addEventListener('abort', stop);
  try {
    const started = await parts.betweenJobs(async () => {
      // The journal's position comes first. A destruction is committed before its record is appended, so the record of
      // every destruction that the copy does not know of lies behind this position; one between the two is in the copy
      // and behind the position, and to replay it changes nothing. And the position is on the disk before anything
      // relies on it: after a power cut the journal could otherwise go on from before it, and never pass it again.
      const position = parts.journal.end;
      await synchronise(parts);
      run = new BackupRun(taskAt(position), (question) => answer(parts, question), onProgress);
      if (signal?.aborted === true) stop();
      await run.snapshotTaken;
      return run;
    });
    return await started.done;
  } finally {
    signal?.removeEventListener('abort', stop);
    await run?.end();
  }
}

async function synchronise({ journal }: BackupParts): Promise<void> {
  try {
    await journal.sync();
  } catch {
    throw new BackupRefusal(
      'The journal could not be made durable, and a restore relies on it.',
      'Restart the service, and run the backup again.',
    );
  }
}

async function answer(parts: BackupParts, question: Question): Promise<string> {
  if (question.kind === 'authenticate') return parts.authenticate(question.manifest, question.sealHeader);
  await parts.verifyScratch(question.database, question.sealHeader);
  return 'verified';
}

function nameOf(madeAt: number): string {
  return `keyhaven-backup-${new Date(madeAt).toISOString().replaceAll(/[-:]/g, '')}.age`;
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function usableTarget(to: string, { path }: DataFolder, madeAt: number): string {
  if (isBelow(path, to)) {
    throw new BackupRefusal(
      `${to} lies inside the data folder: a backup there is lost with what it is a backup of.`,
      'Name a folder on another disk.',
    );
  }
  const file = isFolder(to) ? join(to, nameOf(madeAt)) : to;
  if (existsSync(file)) {
    throw new BackupRefusal(
      `There is a file ${file} already, and a backup never writes over one.`,
      'Name another.',
    );
  }
  const folder = dirname(file);
  if (isFolder(folder)) return join(realpathSync(folder), basename(file));
  throw new BackupRefusal(
    `There is no folder ${folder} to write the backup to.`,
    'Make it, or name another.',
  );
}
