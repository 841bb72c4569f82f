import { runSelfTests } from '@keyhaven/crypto';
import { Accounts } from './accounts/accounts.ts';
import { ensureDevelopmentAccount } from './accounts/development-account.ts';
import { openAudit } from './audit/open-audit.ts';
import type { BackupRequest, BackupResult } from './backup/create-backup.ts';
import { sweepScratch } from './backup/scratch.ts';
import { ServiceBackups } from './backup/service-backups.ts';
import { SystemClock } from './clock.ts';
import type { ServiceOptions } from './config/options.ts';
import { DomainKeys } from './domain-keys/domain-keys.ts';
import { HostAllowList } from './http/host-allow-list.ts';
import { Listener } from './http/listener.ts';
import { clockRoute, healthRoute } from './http/side-routes.ts';
import { type DataFolder, openDataFolder } from './installation/data-folder.ts';
import { FolderLock } from './installation/folder-lock.ts';
import { openInstallation, openSeal } from './installation/open-installation.ts';
import { storeClockMove } from './jobs/store-clock-move.ts';
import { JobScheduler } from './jobs/scheduler.ts';
import { SoftwareKeyStore } from './key-stores/software-key-store.ts';
import { KeyDirectory } from './keys/key-directory.ts';
import { Committer } from './pipeline/committer.ts';
import { createRequestPath, type RequestPathParts } from './request-path.ts';
import { applySeed } from './seed/apply-seed.ts';
import { readSeedFile } from './seed/read-seed-file.ts';
import { Alarm } from './telemetry/alarm.ts';
import { version } from './version.ts';

/** A running service. */
export interface Service {
  /** `http://127.0.0.1:4599`, with the port that was really taken. */
  readonly url: string;
  readonly dataDir: string;
  /** Resolves if the service can acknowledge nothing any more; it must be ended then. */
  readonly failed: Promise<Error>;
  /** Makes a verified, encrypted backup while it serves. Throws StartRefusal. */
  backup(request: BackupRequest): Promise<BackupResult>;
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
  await sweepScratch(folder);
  const parts = await openParts(folder, clock, failure.resolve, opening);
  if (seed !== undefined) await applySeed(seed, parts);
  const jobs = new JobScheduler(parts, clock, parts.alarm, () => lock.isStillHeld());
  opening.defer(() => jobs.stop());
  await jobs.start();
  opening.defer(() => parts.audit.outbox.stop());
  parts.audit.outbox.start();
  const backups = new ServiceBackups(parts, (work) => jobs.between(work));
  opening.defer(() => backups.stop());
  const port = await listen(options, parts, jobs, opening);

  const opened = opening.move();
  let closing: Promise<void> | undefined;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    dataDir: folder.path,
    failed: failure.promise,
    backup: (request) => backups.create(request),
    close: () => (closing ??= opened.disposeAsync()),
  };
}

/** In the development profile the clock can be moved. */
type ServiceParts = RequestPathParts & { readonly clock: SystemClock; readonly installationId: string };

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
  const { storage, keyring, installationId, row } = await openInstallation(
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
  return {
    folder,
    installationId,
    storage,
    keyring,
    accounts,
    directory,
    keyStore: new SoftwareKeyStore(keyring, installationId),
    committer: new Committer(storage, [directory, accounts], audit, alarm),
    domainKeys: new DomainKeys(keyring, storage),
    audit,
    clock,
    alarm,
  };
}
