import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSelfTests, Secret } from '@keyhaven/crypto';
import { Accounts } from './accounts/accounts.ts';
import { newAccessKey, newAccountId } from './accounts/credentials.ts';
import { openAudit } from './audit/open-audit.ts';
import { renderServiceEvent } from './audit/record.ts';
import { SystemClock } from './clock.ts';
import { syncFolder } from './durable-file.ts';
import {
  type CreatedSeal,
  createSeal,
  initMarkerName,
  refuseLostHeader,
  type SealRequest,
} from './installation/create-seal.ts';
import { type DataFolder, foreignNames, openDataFolder } from './installation/data-folder.ts';
import { FolderLock } from './installation/folder-lock.ts';
import { openInstallation } from './installation/open-installation.ts';
import { Committer } from './pipeline/committer.ts';
import { openRootKeys, readSealHeader, writeSealHeader } from './seal/seal-header.ts';
import { StartRefusal } from './start-refusal.ts';
import { prepareDatabase } from './storage/sqlite/open.ts';
import { Alarm } from './telemetry/alarm.ts';

export interface InitRequest {
  readonly dataDir: string;
  readonly seal: SealRequest;
  /** The first account's id, 12 digits; a random one unless given. */
  readonly accountId?: string;
  readonly accountName?: string;
}

/** What is shown once. */
export interface InitSecrets {
  readonly installationId: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** The shares of a shamir seal, one line of text each. */
  readonly shares: readonly Secret[];
}

/**
 * Makes an installation: root key, seal, domain keys, the first account with an access key of its root user. `handOut`
 * gets what is shown once, and must have brought it where it belongs when it returns; only then is the seal header
 * written, which makes the folder an installation. A kill before that leaves a folder that the next init begins anew.
 * Throws StartRefusal for a folder that holds an installation, or anything else.
 */
export async function initInstallation(
  request: InitRequest,
  handOut: (secrets: InitSecrets) => Promise<void>,
  onProgress: (text: string) => void,
): Promise<void> {
  runSelfTests();
  process.umask(0o077);
  const folder = openDataFolder(request.dataDir);
  refuseForeignFiles(folder);
  const clock = new SystemClock();
  await using opening = new AsyncDisposableStack();
  const lost = Promise.withResolvers<Error>();
  opening.adopt(
    FolderLock.take(folder.path, new Date(clock.wallNow()).toISOString(), lost.resolve),
    (lock) => {
      lock.release();
    },
  );
  const marker = beginAnew(folder);
  onProgress(`making a ${request.seal.kind} seal`);
  const created = await createSeal(folder, request.seal);
  opening.defer(() => {
    created.sealingKey.dispose();
  });
  onProgress('making the database and the first account');
  const secrets = await makeStore(folder, created, request, clock);
  try {
    await handOut(secrets);
  } finally {
    secrets.secretAccessKey.dispose();
    for (const share of secrets.shares) share.dispose();
  }
  writeSealHeader(folder.sealHeader, created.header);
  rmSync(marker);
  syncFolder(folder.path);
}

function refuseForeignFiles(folder: DataFolder): void {
  const [foreign] = foreignNames(folder.path);
  if (foreign !== undefined) {
    throw new StartRefusal(
      `The folder ${folder.path} holds files of others, such as ${foreign}.`,
      'Name a folder of its own.',
    );
  }
}

/** Removes what an init that was cut short has left: nobody was told anything that rests on it. */
function beginAnew(folder: DataFolder): string {
  const marker = join(folder.path, initMarkerName);
  if (readSealHeader(folder.sealHeader) !== undefined) {
    throw new StartRefusal(
      `The folder ${folder.path} holds an installation already.`,
      `Serve it with keyhaven serve --data-dir ${folder.path}, or name another folder.`,
    );
  }
  if (existsSync(marker)) {
    const { database, fileSeal, journal } = folder;
    for (const path of [database, `${database}-wal`, `${database}-shm`, fileSeal, journal])
      rmSync(path, { recursive: true, force: true });
  } else {
    refuseLostHeader(folder);
    writeFileSync(marker, '', { mode: 0o600, flush: true });
  }
  syncFolder(folder.path);
  return marker;
}

async function makeStore(
  folder: DataFolder,
  { header, sealingKey, shares }: CreatedSeal,
  { accountId = newAccountId(), accountName }: InitRequest,
  clock: SystemClock,
): Promise<InitSecrets> {
  const { installationId } = header;
  const alarm = new Alarm(
    (line) => process.stderr.write(line),
    () => clock.monotonicNow(),
  );
  await using opening = new AsyncDisposableStack();
  prepareDatabase(folder.database, true);
  const unsealed = { installationId, rootKeys: openRootKeys(header, sealingKey) };
  const onWriterLost = (error: Error) => {
    alarm.raise('writer lost', { reason: error.message });
  };
  const { storage, keyring } = await openInstallation(folder, unsealed, clock, onWriterLost, 'production');
  opening.defer(() => {
    keyring.dispose();
  });
  opening.defer(() => storage.close());
  const audit = await openAudit(folder, installationId, storage, clock, alarm);
  opening.defer(() => audit.journal.close());
  const accounts = opening.adopt(new Accounts(storage, keyring), (all) => {
    all.dispose();
  });
  const { accessKeyId, secretAccessKey } = newAccessKey();
  const now = clock.now();
  const changes = [
    accounts.accountChange(accountId, now, accountName ?? null),
    accounts.rootAccessKeyChange(accountId, accessKeyId, secretAccessKey, now),
  ];
  const event = renderServiceEvent('CreateInstallation', now, {
    installationId,
    seal: header.seal.kind,
    accountId,
    accessKeyId,
  });
  const committer = new Committer(storage, [accounts], audit, alarm);
  await committer.commitService({ head: undefined, expect: [], changes }, event);
  return {
    installationId,
    accountId,
    accessKeyId,
    secretAccessKey: Secret.take(Buffer.from(secretAccessKey)),
    shares: shares.map((share) => Secret.take(Buffer.from(share))),
  };
}
