import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { syncFolder } from '../durable-file.ts';
import { StartRefusal } from '../start-refusal.ts';
import { DatabaseFlaw, inspectDatabase, takeSnapshot } from '../storage/sqlite/snapshot.ts';
import { makeEphemeralIdentity, tryRecipients } from './age-file.ts';
import { type ManifestTexts, readBackupFile, type StoreFiles, writeBackupFile } from './archive.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { digestOf } from './file-pieces.ts';
import { renderManifest } from './manifest.ts';
import { wipe } from './wipe.ts';
import type { BackupTask, FromBackupWorker, Question, ToBackupWorker } from './worker-messages.ts';

/*
 * Makes one backup, in a thread of its own: copying, encrypting and reading back take seconds of processor time and wait
 * for the disk, and neither may hold up a request. Whoever started it removes the scratch folder.
 */

const port = parentPort;
if (port === null) throw new Error('backup/worker.ts runs as a worker thread');
const tell = (message: FromBackupWorker) => {
  port.postMessage(message);
};
const progress = (text: string) => {
  tell({ kind: 'progress', progress: { text } });
};
const ask = (question: Question): Promise<string> =>
  new Promise((resolve) => {
    port.once('message', ({ answer }: ToBackupWorker) => {
      resolve(answer);
    });
    tell({ kind: 'question', question });
  });

const mostSnapshots = 5;

/** A copy of the database, and the seal header that belongs to it. */
function takeConsistentSnapshot({ database, sealHeader, scratch }: BackupTask): void {
  const header = () => readFileSync(sealHeader, 'utf8');
  for (let attempt = 0; attempt < mostSnapshots; attempt++) {
    const before = header();
    takeSnapshot(database, scratch.snapshot.database);
    // The header gains a root key before anything rests on it, and loses one after nothing does: one that stood
    // throughout opens everything that the copy holds.
    if (header() === before) {
      copyFileSync(sealHeader, scratch.snapshot.sealHeader);
      if (readFileSync(scratch.snapshot.sealHeader, 'utf8') === before) return;
    }
  }
  throw new BackupRefusal(
    'The seal header changed again and again while the backup began.',
    'Wait until the seal or the root key has been changed, and run the backup again.',
  );
}

function inspect(path: string): ReturnType<typeof inspectDatabase> {
  try {
    return inspectDatabase(path);
  } catch (error) {
    if (!(error instanceof DatabaseFlaw)) throw error;
    throw new BackupRefusal(
      `The database cannot be backed up: its copy ${error.message}.`,
      'Run keyhaven doctor, and keep the older backups.',
    );
  }
}

async function describe({ about, scratch }: BackupTask): Promise<{ texts: ManifestTexts; rows: number }> {
  const { database, sealHeader } = scratch.snapshot;
  const { schemaVersion, rows } = inspect(database);
  const files = { 'seal.json': digestOf(sealHeader), 'keyhaven.db': digestOf(database) };
  const head = { kind: 'keyhaven-backup', format: 1 } as const;
  const manifest = renderManifest({ ...head, ...about, schemaVersion, rows, files });
  const mac = await ask({ kind: 'authenticate', manifest, sealHeader: readFileSync(sealHeader, 'utf8') });
  return { texts: { manifest, mac }, rows: Object.values(rows).reduce((sum, count) => sum + count, 0) };
}

/** Opens what was really written, as a restore would. */
async function verify(
  { partial, scratch }: BackupTask,
  identity: Awaited<ReturnType<typeof makeEphemeralIdentity>>['identity'],
  texts: ManifestTexts,
): Promise<void> {
  const check: StoreFiles = scratch.check;
  const read = await readBackupFile(partial, [identity], check);
  if (read.manifest !== texts.manifest || read.mac !== texts.mac)
    throw new Error('the manifest came back changed');
  const { rows } = inspect(check.database);
  if (Object.entries(read.parsed.rows).some(([table, count]) => rows[table] !== count))
    throw new Error('the rows that came back are not as many as were written');
  progress('verifying every row of what was written');
  await ask({
    kind: 'verify',
    database: check.database,
    sealHeader: readFileSync(check.sealHeader, 'utf8'),
  });
}

async function makeBackup(task: BackupTask): Promise<void> {
  const { scratch, recipients, partial, final } = task;
  await tryRecipients(recipients);
  progress('copying the database');
  takeConsistentSnapshot(task);
  tell({ kind: 'snapshot taken' });
  const { texts, rows } = await describe(task);
  progress('encrypting');
  // One recipient more than asked for: its identity exists in this thread alone, and only until the file is verified.
  const { identity, recipient } = await makeEphemeralIdentity(recipients.arePostQuantum);
  const to = [...recipients.texts, recipient];
  const modifiedAt = Math.floor(task.about.madeAt / 1000);
  const digest = await writeBackupFile(partial, to, texts, scratch.snapshot, modifiedAt);
  await wipe(scratch.snapshot.database);
  progress('reading back what was written');
  await verify(task, identity, texts);
  identity.dispose();
  renameSync(partial, final);
  syncFolder(dirname(final));
  tell({ kind: 'done', figures: { ...digest, rows } });
}

makeBackup(workerData as BackupTask).catch((error: unknown) => {
  // Anything that is no refusal ends the thread, and whoever started it hears of it.
  if (!(error instanceof StartRefusal)) throw error;
  tell({ kind: 'refused', reason: error.message, nextStep: error.nextStep });
});
