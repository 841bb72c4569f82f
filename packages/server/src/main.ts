import { runSelfTests } from '@keyhaven/crypto';
import { AdminRunner } from './admin/admin-runner.ts';
import { readRoots } from './attestation/read-roots.ts';
import { SecurityLog } from './audit/security-log.ts';
import { sweepScratch } from './backup/scratch.ts';
import { SystemClock } from './clock.ts';
import type { ServiceOptions } from './config/service-options.ts';
import { findTlsPaths } from './config/tls-paths.ts';
import { ensureInstallation } from './installation/ensure-installation.ts';
import { readTlsFiles } from './http/tls-files.ts';
import { openDataFolder } from './installation/data-folder.ts';
import { FolderLock } from './installation/folder-lock.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { hardenProcess, refuseUnsafeStart } from './lifecycle/refuse-unsafe-start.ts';
import type { Seams, Surroundings } from './lifecycle/surroundings.ts';
import { Unsealer } from './lifecycle/unsealer.ts';
import { listen, listenToAdministrators, urlOf } from './listen.ts';
import { readSeedFile } from './seed/read-seed-file.ts';
import { Alarm } from './telemetry/alarm.ts';

/** A running service. */
export interface Service {
  /** `http://127.0.0.1:4599`, with the port that was really taken. */
  readonly url: string;
  readonly dataDir: string;
  readonly profile: ServiceOptions['profile'];
  /** Whether it waits for an unsealing; requests are answered with 503 until then. */
  readonly isSealed: boolean;
  readonly sealKind: string;
  /** Resolves if the service can acknowledge nothing any more; it must be ended then. */
  readonly failed: Promise<Error>;
  /** Reads the certificate and its key anew; a pair that cannot be used is an alarm, and the old one stays. */
  reload(): void;
  /** Takes no more requests, answers those under way, makes everything durable and lets go of the folder. */
  close(): Promise<void>;
}

/** What is no option: what the process was handed, and what a test puts in the place of the real thing. */
export interface ServiceSeams extends Seams {
  /** A listening socket, from systemd. */
  readonly inheritedFd?: number | undefined;
  readonly clock?: SystemClock;
}

/**
 * Starts the service. Throws StartRefusal for whatever the user can mend. Nothing is served before the cryptography has
 * passed its known-answer tests and what was left undone by the last run is done. Where the seal waits for a person,
 * the service starts sealed.
 */
export async function startService(options: ServiceOptions, seams: ServiceSeams = {}): Promise<Service> {
  const clock = seams.clock ?? new SystemClock();
  const attestationRoots = refuseEarly(options, clock.wallNow());
  // Whatever is made from here on, by SQLite too, is readable by this user alone.
  process.umask(0o077);
  const seed = options.seed === undefined ? undefined : readSeedFile(options.seed);
  const folder = openDataFolder(options.dataDir);
  const failure = Promise.withResolvers<Error>();

  // Closed in the reverse order: on the way out, and at once where the start fails half-way.
  await using opening = new AsyncDisposableStack();
  const startedAt = clock.wallNow();
  const lock = opening.adopt(
    FolderLock.take(folder.path, new Date(startedAt).toISOString(), failure.resolve),
    (held) => {
      held.release();
    },
  );
  const alarm = createAlarm(clock);
  const surroundings: Surroundings = {
    options,
    folder,
    clock,
    alarm,
    securityLog: new SecurityLog(folder.securityLog, () => clock.monotonicNow()),
    attestationRoots,
    onFailure: failure.resolve,
    isFolderHeld: () => lock.isStillHeld(),
    seams,
  };
  await sweepScratch(folder);
  await ensureInstallation(folder, options.profile);
  // Closed after the service itself: acts that it interrupts are still answered.
  const administration = opening.use(new AsyncDisposableStack());
  const lifecycle = new Lifecycle(surroundings, seed);
  opening.defer(() => lifecycle.close());
  const unsealer = opening.use(new Unsealer(surroundings, lifecycle));
  const sealKind = unsealer.header().seal.kind;
  refuseUnsafeStart(options, { sealKind });
  await unsealer.openAtStart();
  const { port, reload } = await listen(surroundings, seams.inheritedFd, lifecycle, opening);
  const url = urlOf(options, port);
  const runner = new AdminRunner(surroundings, lifecycle, unsealer, { url, startedAt });
  await listenToAdministrators(surroundings, runner, administration);

  const opened = opening.move();
  let closing: Promise<void> | undefined;
  return {
    url,
    dataDir: folder.path,
    profile: options.profile,
    get isSealed() {
      return lifecycle.state !== 'open';
    },
    sealKind,
    failed: failure.promise,
    reload,
    close: () => {
      // First of all, because the administrator's socket closes when the acts under way have ended.
      lifecycle.interruptRotations();
      return (closing ??= opened.disposeAsync());
    },
  };
}

/** An alarm is a line on standard error. */
function createAlarm(clock: SystemClock): Alarm {
  return new Alarm(
    (line) => process.stderr.write(line),
    () => clock.monotonicNow(),
  );
}

/** What can be refused before anything is made, with what it reads on the way. `now`: milliseconds since 1970. */
function refuseEarly(options: ServiceOptions, now: number): readonly Uint8Array[] {
  runSelfTests();
  hardenProcess(options);
  refuseUnsafeStart(options, {});
  const tls = findTlsPaths(options);
  // The listener reads them again.
  if (tls !== undefined) readTlsFiles(tls).key.fill(0);
  return readRoots(options.attestationRoots, now);
}
