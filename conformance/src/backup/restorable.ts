import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RestoreOptions, type RestoreResult, restoreBackup } from '@keyhaven/server';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { onTestFinished } from 'vitest';

/** An age identity in a file, and its recipient. */
export interface IdentityFile {
  readonly file: string;
  readonly recipient: string;
}

/** Where what must be done in the end is put down: at the end of the test, unless several tests share it. */
export type OnEnd = (done: () => void | Promise<void>) => void;

/** A folder that is removed in the end. */
export function temporaryFolder(onEnd: OnEnd = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-backup-'));
  onEnd(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export async function makeIdentity(onEnd: OnEnd = onTestFinished): Promise<IdentityFile> {
  const file = join(temporaryFolder(onEnd), 'identity.txt');
  const identity = await generateX25519Identity();
  writeFileSync(file, `# made by a test\n${identity}\n`, { mode: 0o600 });
  return { file, recipient: await identityToRecipient(identity) };
}

/** A service that can be backed up, on a folder that is removed in the end. */
export async function opened(dataDir?: string, onEnd: OnEnd = onTestFinished): Promise<TestService> {
  const service = await startTestService(dataDir === undefined ? {} : { dataDir });
  onEnd(() => service.close());
  return service;
}

/** What the administrator is told of a backup. */
export interface MadeBackup {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly createdAt: string;
}

/** Makes a backup of a running service, as its administrator. */
export async function backUp(
  service: Pick<TestService, 'admin'>,
  request: { readonly to: string; readonly recipients: readonly string[] },
): Promise<MadeBackup> {
  const { path, bytes, sha256, rows, createdAt } = await service.admin('backup', request);
  return {
    path: String(path),
    bytes: Number(bytes),
    sha256: String(sha256),
    rows: Number(rows),
    createdAt: String(createdAt),
  };
}

/** What a restore of a backup needs, of a service that made it, into a folder that does not exist yet. */
export function restoreOptions(
  service: Pick<TestService, 'dataDir'>,
  identity: IdentityFile,
  backup: string,
  changes: Partial<RestoreOptions> = {},
): RestoreOptions {
  return {
    backup,
    identityFile: identity.file,
    dataDir: join(temporaryFolder(), 'restored'),
    journal: join(service.dataDir, 'journal'),
    allow: new Set(),
    seal: { keyFile: join(service.dataDir, 'file-seal.key') },
    ...changes,
  };
}

/** Restores a backup, and answers the service that runs on what came out. */
export async function restored(
  options: RestoreOptions,
): Promise<{ readonly service: TestService; readonly result: RestoreResult }> {
  const result = await restoreBackup(options);
  return { service: await opened(result.dataDir), result };
}
