import { runSelfTests } from '@keyhaven/crypto';
import { Accounts } from './accounts/accounts.ts';
import { ensureDevelopmentAccount } from './accounts/development-account.ts';
import { openAudit } from './audit/open-audit.ts';
import { SystemClock } from './clock.ts';
import type { ServiceOptions } from './config/options.ts';
import { DomainKeys } from './domain-keys/domain-keys.ts';
import { HostAllowList } from './http/host-allow-list.ts';
import { Listener } from './http/listener.ts';
import { clockRoute, healthRoute } from './http/side-routes.ts';
import { type DataFolder, openDataFolder } from './installation/data-folder.ts';
import { FolderLock } from './installation/folder-lock.ts';
import { openInstallation, openSeal } from './installation/open-installation.ts';
import { readSealedKeys } from './installation/open-read-only.ts';
import { type DoctorParts, type DoctorProgress, type DoctorReport } from './integrity/doctor.ts';
import { Examiner } from './integrity/examiner.ts';
import { Scrub, type ScrubParts } from './integrity/scrub.ts';
import { storeClockMove } from './jobs/store-clock-move.ts';
import { JobScheduler } from './jobs/scheduler.ts';
import { secretOpeners } from './examine-folder.ts';
import { SoftwareKeyStore } from './key-stores/software-key-store.ts';
import { KeyDirectory } from './keys/key-directory.ts';
import { Committer } from './pipeline/committer.ts';
import { createRequestPath, type RequestPathParts } from './request-path.ts';
import { applySeed } from './seed/apply-seed.ts';
import { readSeedFile } from './seed/read-seed-file.ts';
import { checkDatabase } from './storage/sqlite/check-database.ts';
import { Alarm } from './telemetry/alarm.ts';
import { version } from './version.ts';

/** A running service. */
export interface Service {
  /** `http://127.0.0.1:4599`, with the port that was really taken. */
  readonly url: string;
  readonly dataDir: string;
  /** Resolves if the service can acknowledge nothing any more; it must be ended then. */
  readonly failed: Promise<Error>;
  /** Looks for damage in everything the folder holds, while requests are served. */
  examine(onProgress: (progress: DoctorProgress) => void): Promise<DoctorReport>;
  /** Takes no more requests, answers those under way, makes everything durable and lets go of the folder. */
  close(): Promise<void>;
}

/**
 * Starts the development profile. Throws StartRefusal for whatever the user can mend. Nothing is served before the
 * cryptography has passed its known-answer tests and what was left undone by the last run is done.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  runSelfTests();
  // Whatever is made from here on, by SQLite too, is readable by this user alone.
  process.umask(0o077);
  const seed = options.seed === undefined ? undefined : readSeedFile(options.seed);
  const folder = openDataFolder(options.dataDir);
  const clock = new SystemClock();
  const failure = Promise.withResolvers<Error>();

  // Closed in the reverse order: on the way out, and at once where the start fails half-way.
  await using opening = new AsyncDisposableStack();
  const startedAt = new Date(clock.wallNow()).toISOString();
  const lock = opening.adopt(FolderLock.take(folder.path, startedAt, failure.resolve), (held) => {
    held.release();
  });
  const parts = await openParts(folder, clock, failure.resolve, opening);
  if (seed !== undefined) await applySeed(seed, parts);
  const jobs = new JobScheduler(parts, clock, parts.alarm, () => lock.isStillHeld());
  opening.defer(() => jobs.stop());
  await jobs.start();
  opening.defer(() => parts.audit.outbox.stop());
  parts.audit.outbox.start();
  const scrub = new Scrub(parts.scrubParts);
  opening.defer(() => scrub.stop());
  scrub.start();
  const examiner = new Examiner(parts.doctorParts);
  opening.defer(() => examiner.stop());
  const port = await listen(options, parts, jobs, opening);

  const opened = opening.move();
  let closing: Promise<void> | undefined;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    dataDir: folder.path,
    failed: failure.promise,
    examine: (onProgress) => examiner.examine(onProgress),
    close: () => (closing ??= opened.disposeAsync()),
  };
}

/** In the development profile the clock can be moved. */
type ServiceParts = RequestPathParts & {
  readonly clock: SystemClock;
  readonly doctorParts: DoctorParts;
  readonly scrubParts: ScrubParts;
};

/** Takes requests from here on; answers the port. */
async function listen(
  options: ServiceOptions,
  parts: ServiceParts,
  jobs: JobScheduler,
  opening: AsyncDisposableStack,
): Promise<number> {
  const { clock, alarm } = parts;
  const path = createRequestPath(parts);
  const listener = new Listener({
    host: options.host,
    port: options.port,
    hosts: new HostAllowList(options.allowHosts),
    sideRoutes: [
      healthRoute(version),
      clockRoute(clock, jobs, (advanceSeconds) => storeClockMove(parts, advanceSeconds)),
    ],
    onFailure: (error) => {
      alarm.raise('side route failed', { reason: String(error) });
    },
    serve: (wire, respond) => {
      path.serve(wire, respond);
    },
  });
  opening.defer(async () => {
    await listener.close();
    await path.idle();
  });
  return listener.listen();
}

/** Unseals the installation and brings it to where the last run left it: journal whole, accounts there. */
async function openParts(
  folder: DataFolder,
  clock: SystemClock,
  onWriterLost: (error: Error) => void,
  opening: AsyncDisposableStack,
): Promise<ServiceParts> {
  const alarm = new Alarm(
    (line) => process.stderr.write(line),
    () => clock.monotonicNow(),
  );
  const { storage, keyring, installationId, row, asStored } = await openInstallation(
    folder,
    await openSeal(folder),
    clock,
    onWriterLost,
  );
  opening.defer(() => storage.close());
  clock.advance(row.clock_offset_ms);
  const audit = await openAudit(folder, installationId, storage, clock, alarm);
  opening.defer(() => audit.journal.close());
  const accounts = new Accounts(storage, keyring);
  await accounts.load();
  await ensureDevelopmentAccount(accounts, storage, clock);
  const directory = new KeyDirectory(storage);
  const keyStore = new SoftwareKeyStore(keyring, installationId);
  const store = { installationId, ...asStored, keyring, openers: secretOpeners(keyStore, accounts) };
  return {
    folder,
    storage,
    keyring,
    accounts,
    directory,
    keyStore,
    committer: new Committer(storage, [directory, accounts], audit, alarm),
    domainKeys: new DomainKeys(keyring, storage),
    audit,
    clock,
    alarm,
    doctorParts: {
      folder,
      installationId,
      store,
      clock,
      journalPosition: () => audit.journal.position,
      checkDatabase: () => checkDatabase(folder.database),
      readSealHeader: () => readSealedKeys(folder),
    },
    scrubParts: { store, journalFolder: folder.journal, journal: audit.journal, clock, alarm },
  };
}
