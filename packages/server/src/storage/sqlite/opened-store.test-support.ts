import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DomainKey, Secret } from '@keyhaven/crypto';
import { onTestFinished } from 'vitest';
import { IntegrityStorage } from '../integrity-storage.ts';
import { RowProtector } from '../row-protection.ts';
import { prepareDatabase } from './open.ts';
import { SqliteStorage } from './sqlite-storage.ts';

const scopes = ['root', 'identity', 'region/eu-west-2', 'region/us-east-1'];

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The real store on a file, its rows protected by fixed keys; closed when the test ends. */
export async function openStore(
  path: string,
  onWriterLost: (error: Error) => void = () => undefined,
): Promise<{ readonly sqlite: SqliteStorage; readonly storage: IntegrityStorage }> {
  prepareDatabase(path, true);
  const sqlite = await SqliteStorage.open(path, onWriterLost);
  const protector = new RowProtector();
  for (const scope of scopes) {
    protector.add(scope, `id of ${scope}`, new DomainKey(Secret.take(new Uint8Array(32).fill(7))), true);
    sqlite.protect(scope, `id of ${scope}`, new Uint8Array(32).fill(7), true);
  }
  onTestFinished(() => sqlite.close());
  return { sqlite, storage: new IntegrityStorage(sqlite, protector) };
}
