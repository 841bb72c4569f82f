import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startTestService, type TestService, type TestServiceOptions } from '@keyhaven/testkit';
import { onTestFinished } from 'vitest';
import { SystemClock } from '../clock.ts';
import type { Keyring } from '../domain-keys/keyring.ts';
import { examineFolder } from '../examine-folder.ts';
import { findInstallation, openReadOnly, unsealFolder } from '../installation/open-read-only.ts';
import type { RowProtector } from '../storage/row-protection.ts';
import type { SqlValue, Table } from '../storage/table.ts';
import type { DoctorReport } from './doctor.ts';
import type { Finding } from './finding.ts';

/** A data folder that a real service filled and left; `remove` takes it away again. */
export interface StoppedStore {
  readonly dataDir: string;
  remove(): void;
}

/** Lets a real service fill a folder, and ends it. */
export async function fillStore(
  fill: (service: TestService) => Promise<void>,
  options: Omit<TestServiceOptions, 'dataDir'> = {},
): Promise<StoppedStore> {
  const parent = mkdtempSync(join(tmpdir(), 'keyhaven-integrity-'));
  const dataDir = join(parent, 'data');
  await continueStore(dataDir, fill, options);
  return {
    dataDir,
    remove: () => {
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

/** Starts a service on a folder, lets it do something, and ends it. */
export async function continueStore(
  dataDir: string,
  work: (service: TestService) => Promise<void>,
  options: Omit<TestServiceOptions, 'dataDir'> = {},
): Promise<void> {
  const service = await startTestService({ ...options, dataDir });
  try {
    await work(service);
  } finally {
    // Not `close` of the testkit, which removes the folder.
    await service.service.close();
  }
}

/** A copy of a stopped store, for one test to damage. */
export function copyOf(dataDir: string): string {
  const parent = mkdtempSync(join(tmpdir(), 'keyhaven-integrity-'));
  onTestFinished(() => {
    rmSync(parent, { recursive: true, force: true });
  });
  const copy = join(parent, 'data');
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

/** Changes a stopped store from outside, as anyone who can write to the file can. */
export function inDatabase<T>(dataDir: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

export function examineStopped(dataDir: string): Promise<DoctorReport> {
  return examineFolder({ dataDir }, () => undefined);
}

/** What an examination of a copy finds after it was edited, without the texts. */
export async function findingsAfter(
  dataDir: string,
  edit: (db: DatabaseSync, copy: string) => void,
): Promise<readonly Finding[]> {
  const copy = copyOf(dataDir);
  inDatabase(copy, (db) => {
    edit(db, copy);
  });
  return (await examineStopped(copy)).findings;
}

type Values = Readonly<Record<string, SqlValue>>;

/** What someone with the keys could write: rows with the right MAC. Not an attack, but how a fault of ours would look. */
export interface RightRows {
  readonly keyring: Keyring;
  readonly protector: RowProtector;
  /** The one row that these columns name, as it is stored. */
  readonly read: (table: Table, where: Values) => Values & { readonly version: number };
  /** Writes the row, over another with the same key, under its scope's current domain key. */
  readonly put: (table: Table, row: Values, version: number) => void;
}

export async function withKeys(dataDir: string, work: (rows: RightRows) => void): Promise<void> {
  const folder = findInstallation(dataDir);
  const { storage, keyring, protector } = await openReadOnly(
    folder,
    await unsealFolder(folder),
    new SystemClock(),
  );
  inDatabase(dataDir, (db) => {
    work({
      keyring,
      protector,
      read(table, where) {
        const by = ['TRUE', ...Object.keys(where).map((column) => `${column} = ?`)];
        const row = db
          .prepare(`SELECT * FROM ${table.name} WHERE ${by.join(' AND ')}`)
          .get(...Object.values(where));
        if (row === undefined) throw new Error(`there is no such row in ${table.name}`);
        return { ...row, version: Number(row['version']) };
      },
      put(table, row, version) {
        const { domainKeyId, mac } = protector.protect(table, row, version);
        const columns = [...table.columnNames, 'version', 'domain_key_id', 'mac'];
        const values = [...table.columnNames.map((column) => row[column] ?? null), version, domainKeyId, mac];
        db.prepare(
          `REPLACE INTO ${table.name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        ).run(...values);
      },
    });
  });
  await storage.close();
  keyring.dispose();
}
