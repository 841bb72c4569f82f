import { serviceUnavailable } from '@keyhaven/api-model';
import { Accounts } from '../accounts/accounts.ts';
import { acceptsDevelopmentAccount, ensureDevelopmentAccount } from '../accounts/development-account.ts';
import { openAudit } from '../audit/open-audit.ts';
import { rehearseMigration, sweepOldMigrationBackups } from '../backup/before-migration.ts';
import { ServiceBackups } from '../backup/service-backups.ts';
import { createDatabaseVerifier } from '../backup/verify-store.ts';
import type { SystemClock } from '../clock.ts';
import { DomainKeys } from '../domain-keys/domain-keys.ts';
import { StoredRoles } from '../identities/stored-roles.ts';
import { openGrants, type OpenGrants } from '../grants/open-grants.ts';
import { StoredIdentities } from '../identities/stored-identities.ts';
import { Explainer } from '../explanation/explainer.ts';
import { openInstallation, type OpenInstallation, type Unsealed } from '../installation/open-installation.ts';
import { Examiner } from '../integrity/examiner.ts';
import { Scrub } from '../integrity/scrub.ts';
import { JobScheduler } from '../jobs/scheduler.ts';
import { AsymmetricThreads } from '../key-stores/asymmetric/threads.ts';
import { forgetsDestroyed } from '../key-stores/forget-destroyed.ts';
import { Settler } from '../jobs/settler.ts';
import { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import { KeyDirectory } from '../keys/key-directory.ts';
import { Committer } from '../pipeline/committer.ts';
import {
  createRequestPath,
  operationsBySource,
  type RequestPath,
  type RequestPathParts,
} from '../request-path.ts';
import type { RootKeys } from '../rotation/rotate-root-key.ts';
import { Rotations } from '../rotation/rotations.ts';
import { applySeed } from '../seed/apply-seed.ts';
import type { Seed } from '../seed/seed.ts';
import type { SealHeader } from '../seal/seal-header.ts';
import { sealHeaderProblem } from '../installation/open-read-only.ts';
import { secretOpeners } from '../integrity/secret-openers.ts';
import { checkDatabase } from '../storage/sqlite/check-database.ts';
import { countPendingMigrations, prepareDatabase } from '../storage/sqlite/open.ts';
import { refuseOtherProfile, refuseUnsafeStart } from './refuse-unsafe-start.ts';
import type { LastUsages } from '../usage/last-usages.ts';
import { openUsages, type UsageParts } from '../usage/open-usages.ts';
import type { Surroundings } from './surroundings.ts';

export type ServiceParts = RequestPathParts & {
  readonly clock: SystemClock;
  readonly identities: StoredIdentities;
  readonly granting: OpenGrants;
};

/** The service between an unsealing and the next sealing: everything that needs a key. */
export interface OpenService {
  readonly parts: ServiceParts;
  readonly path: RequestPath;
  readonly jobs: JobScheduler;
  readonly rotations: Rotations;
  readonly examiner: Examiner;
  readonly explainer: Explainer;
  readonly backups: ServiceBackups;
  readonly installationId: string;
  /** Answers what is under way, makes everything durable, and zeroises every key. */
  close(): Promise<void>;
}

/**
 * Brings the store to where the last run left it (journal whole, what is due done) and makes it ready for requests.
 * Whatever is opened is closed in the reverse order, also where this fails half-way.
 */
export async function openService(
  surroundings: Surroundings,
  unsealed: Unsealed,
  seal: RootKeys & { readonly header: SealHeader },
  seed: Seed | undefined,
): Promise<OpenService> {
  const { alarm, clock, isFolderHeld } = surroundings;
  await using opening = new AsyncDisposableStack();
  const installation = await openStore(surroundings, unsealed, opening);
  const parts = await openParts(surroundings, installation, opening);
  const settler = new Settler(parts, clock, surroundings.seams.isSettlingHeld);
  opening.defer(() => settler.stop());
  parts.committer.observe(settler);
  const jobs = new JobScheduler(parts, clock, alarm, isFolderHeld, settler);
  const rotations = new Rotations(parts, seal);
  if (seed !== undefined) await applySeed(seed, parts);
  opening.defer(() => jobs.stop());
  await jobs.start();
  opening.defer(() => rotations.stop());
  rotations.resume();
  opening.defer(() => parts.audit.outbox.stop());
  parts.audit.outbox.start();
  const examiner = startExamining(surroundings, installation, parts, seal, opening);
  const { installationId } = installation;
  // Neither a destruction nor a rotation beside a backup: it copies the seal header and the database of one moment.
  const backups = new ServiceBackups({ ...parts, folder: surroundings.folder, installationId }, (work) =>
    rotations.alone(() => jobs.between(work)),
  );
  opening.defer(async () => {
    // Told first and waited for together: a backup may wait for a rotation, which could take hours.
    await Promise.all([rotations.stop(), backups.stop()]);
  });
  const path = createRequestPath(parts);
  opening.defer(async () => {
    // A sealing is not held up by who asks for much: what has not begun is refused, as what comes later is.
    parts.keyStore.refuseWaiting(serviceUnavailable);
    await path.idle();
    path.dispose();
  });
  const explainer = new Explainer({
    ports: path.ports,
    operations: operationsBySource,
    principals: parts.identities,
    journal: parts.audit.journal,
    journalFolder: surroundings.folder.journal,
    clock,
  });
  const opened = opening.move();
  const close = () => opened.disposeAsync();
  return { parts, path, jobs, rotations, examiner, explainer, backups, installationId, close };
}

/** Scrubs from here on, and examines when it is asked to. */
function startExamining(
  { folder, clock, alarm }: Surroundings,
  { installationId, asStored, keyring }: OpenInstallation,
  { keyStore, accounts, audit: { journal } }: ServiceParts,
  seal: { readonly header: SealHeader },
  opening: AsyncDisposableStack,
): Examiner {
  const store = { installationId, ...asStored, keyring, openers: secretOpeners(keyStore, accounts) };
  const scrub = new Scrub({ store, journalFolder: folder.journal, journal, clock, alarm });
  opening.defer(() => scrub.stop());
  scrub.start();
  const examiner = new Examiner({
    folder,
    installationId,
    store,
    clock,
    journalPosition: () => journal.position,
    checkDatabase: () => checkDatabase(folder.database),
    sealHeaderProblem: () => sealHeaderProblem(folder, seal.header),
  });
  opening.defer(() => examiner.stop());
  return examiner;
}

async function openStore(
  { folder, clock, onFailure }: Surroundings,
  unsealed: Unsealed,
  opening: AsyncDisposableStack,
): Promise<OpenInstallation> {
  if (countPendingMigrations(folder.database) > 0)
    await rehearseMigration(folder, createDatabaseVerifier(unsealed, clock), clock);
  prepareDatabase(folder.database, false);
  const installation = await openInstallation(folder, unsealed, clock, onFailure);
  opening.defer(() => {
    installation.keyring.dispose();
  });
  opening.defer(() => installation.storage.close());
  return installation;
}

async function openParts(
  { options, folder, clock, alarm, securityLog, attestationRoots, seams }: Surroundings,
  { storage, keyring, installationId, row }: OpenInstallation,
  opening: AsyncDisposableStack,
): Promise<ServiceParts> {
  refuseOtherProfile(options, row.made_for);
  clock.moveTo(row.clock_offset_ms);
  const audit = await openAudit(folder, installationId, storage, clock, alarm);
  opening.defer(() => audit.journal.close());
  const accounts = opening.adopt(new Accounts(storage, keyring), (all) => {
    all.dispose();
  });
  const lastUsages = await openLastUsages(
    { storage, audit, journalFolder: folder.journal, clock, alarm },
    opening,
  );
  await accounts.load();
  if (options.profile === 'development') await ensureDevelopmentAccount(accounts, storage, clock);
  else refuseUnsafeStart(options, { hasDevelopmentAccount: await acceptsDevelopmentAccount(accounts) });
  const identities = new StoredIdentities(storage, accounts);
  const roles = new StoredRoles(storage);
  const granting = openGrants(storage, () => keyring.markerKeys(), {
    propagationMs: options.grantPropagation.ms,
    mostGrantsOfAKey: seams.mostGrantsOfAKey,
  });
  const directory = new KeyDirectory(storage);
  const threads = new AsymmetricThreads();
  const keyStore = new SoftwareKeyStore(keyring, installationId, seams.mostKeysInUse, threads);
  opening.defer(() => keyStore.close());
  return {
    storage,
    keyring,
    accounts,
    identities,
    roles,
    granting,
    directory,
    keyStore,
    committer: new Committer(
      storage,
      [directory, accounts, identities, roles, granting.grants, lastUsages, forgetsDestroyed(keyStore)],
      audit,
      alarm,
      () => sweepOldMigrationBackups(folder),
    ),
    domainKeys: new DomainKeys(keyring, storage),
    attestation: {
      // In a thread of its own: the certificates and the signature take milliseconds.
      verify: (document, now, accountId) =>
        threads.run('attest', { document, roots: attestationRoots, now }, accountId),
    },
    audit,
    lastUsages,
    securityLog,
    clock,
    alarm,
    isJournalSyncedFirst: (options.journalSync ?? defaultJournalSync[options.profile]) === 'group',
  };
}

/** What is noted is stored before the journal and the store are closed. */
async function openLastUsages(parts: UsageParts, opening: AsyncDisposableStack): Promise<LastUsages> {
  const { usages, writer } = await openUsages(parts);
  opening.defer(() => writer.stop());
  writer.start();
  return usages;
}

/** In production no reply leaves before its record is on the disk. */
const defaultJournalSync = { development: 'second', production: 'group' } as const;
