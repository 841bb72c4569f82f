import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  EncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { day } from '@keyhaven/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Accounts } from '../accounts/accounts.ts';
import { SystemClock } from '../clock.ts';
import { findInstallation, openReadOnly, unsealFolder } from '../installation/open-read-only.ts';
import { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import type { SqlValue } from '../storage/table.ts';
import { auditOutboxTable, protectedTables } from '../storage/tables.ts';
import type { ExaminedStore } from './examined-store.ts';
import type { Finding } from './finding.ts';
import { writeIdentitySeed } from './identity-seed.test-support.ts';
import { makeImportedKey } from './imported-key.test-support.ts';
import { copyOf, fillStore, type StoppedStore, withKeys } from './stopped-store.test-support.ts';
import { verifyStore } from './verify-store.ts';

let store: StoppedStore;
let seedFolder: string;
const root = 'arn:aws:iam::000000000000:root';

beforeAll(async () => {
  seedFolder = mkdtempSync(join(tmpdir(), 'keyhaven-identities-'));
  store = await fillStore(
    async (service) => {
      const kms = service.client();
      const ids: string[] = [];
      for (const name of ['one', 'two', 'three']) {
        const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: name }));
        const KeyId = KeyMetadata?.KeyId ?? '';
        await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyId }));
        await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'name', TagValue: name }] }));
        ids.push(KeyId);
      }
      await kms.send(new EncryptCommand({ KeyId: ids[1], Plaintext: Buffer.from('used') }));
      await kms.send(new RotateKeyOnDemandCommand({ KeyId: ids[0] }));
      await kms.send(
        new CreateGrantCommand({
          KeyId: ids[0],
          GranteePrincipal: root,
          RetiringPrincipal: root,
          Operations: ['Decrypt', 'RetireGrant'],
          Constraints: { EncryptionContextSubset: { a: 'b' } },
          Name: 'named',
        }),
      );
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: ids[2], PendingWindowInDays: 7 }));
      await service.advance(8 * day);
      await makeImportedKey(kms);
    },
    { seed: writeIdentitySeed(seedFolder) },
  );
  await withKeys(store.dataDir, ({ put }) => {
    const row = {
      sequence: 7,
      event_id: 'a',
      journal_segment: 1,
      journal_offset: 0,
      record: '{"eventId":"a"}',
    };
    put(auditOutboxTable, row, 1);
  });
});
afterAll(() => {
  store.remove();
  rmSync(seedFolder, { recursive: true });
});

async function open(dataDir: string): Promise<ExaminedStore> {
  const clock = new SystemClock();
  const folder = findInstallation(dataDir);
  const { storage, keyring, protector, installationId } = await openReadOnly(
    folder,
    await unsealFolder(folder),
    clock,
  );
  const keyStore = new SoftwareKeyStore(keyring, installationId);
  const accounts = new Accounts(storage, keyring);
  return {
    installationId,
    storage,
    protector,
    keyring,
    openers: {
      material: (row, kind) => keyStore.unwrapMaterial(row, kind),
      accessKey: (row) => accounts.unwrapSecret(row),
    },
  };
}

async function findingsOf(examined: ExaminedStore): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for await (const { findings } of verifyStore(examined, new SystemClock())) all.push(...findings);
  return all;
}

const places = protectedTables.flatMap((table) =>
  [...table.columnNames, 'version', 'domain_key_id', 'mac'].map((column) => ({ table, column })),
);

const values = fc.oneof<fc.Arbitrary<SqlValue>[]>(
  fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
  fc.constantFrom<SqlValue>(null, '', 'Enabled', 'current', '000000000000', 'eu-west-2', 'identity', 'key'),
  fc.integer(),
  fc.constantFrom(0, 1, 2, Number.MAX_SAFE_INTEGER, 1e300, Infinity, 0.5),
  fc.uint8Array({ maxLength: 40 }),
);

/** Writes the value; undefined where the database does not take it or where it is there already. */
function flip(
  db: DatabaseSync,
  table: string,
  column: string,
  at: number,
  value: SqlValue,
): (() => void) | undefined {
  const rowids = db.prepare(`SELECT rowid FROM ${table} ORDER BY rowid`).all();
  const rowid = rowids[at % Math.max(1, rowids.length)]?.['rowid'] as number;
  const read = () =>
    db.prepare(`SELECT ${column} AS it, typeof(${column}) AS kind FROM ${table} WHERE rowid = ?`).get(rowid);
  const write = (it: SqlValue) =>
    db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`).run(it, rowid);
  const before = read();
  try {
    write(value);
  } catch {
    return undefined;
  }
  const after = read();
  const isSame = after?.['kind'] === before?.['kind'] && String(after?.['it']) === String(before?.['it']);
  return isSame ? undefined : () => write((before?.['it'] ?? null) as SqlValue);
}

describe('A change of any column of any row', () => {
  it('is found', async () => {
    const copy = copyOf(store.dataDir);
    const examined = await open(copy);
    expect(await findingsOf(examined)).toEqual([]);
    const db = new DatabaseSync(join(copy, 'keyhaven.db'));
    db.exec('PRAGMA synchronous = OFF');
    const place = fc.constantFrom(...places);
    await fc.assert(
      fc.asyncProperty(place, fc.nat(), values, async ({ table, column }, at, value) => {
        const undo = flip(db, table.name, column, at, value);
        fc.pre(undo !== undefined);
        const findings = await findingsOf(examined);
        undo();
        expect(findings, `${table.name}.${column}`).not.toEqual([]);
      }),
      { numRuns: 1000 },
    );
    db.close();
    expect(await findingsOf(examined)).toEqual([]);
    await examined.storage.close();
  });

  it('is found for each column of each table, one by one', async () => {
    const copy = copyOf(store.dataDir);
    const examined = await open(copy);
    const db = new DatabaseSync(join(copy, 'keyhaven.db'));
    db.exec('PRAGMA synchronous = OFF');
    const unseen: string[] = [];
    for (const { table, column } of places) {
      const undo = flip(db, table.name, column, 0, column === 'mac' ? new Uint8Array(32) : 'x');
      if (undo === undefined) throw new Error(`${table.name}.${column} was not changed`);
      if ((await findingsOf(examined)).length === 0) unseen.push(`${table.name}.${column}`);
      undo();
    }
    db.close();
    expect(await findingsOf(examined)).toEqual([]);
    expect(unseen).toEqual([]);
    await examined.storage.close();
  });
});
