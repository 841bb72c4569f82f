import { cpSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { day, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFields } from '@keyhaven/crypto';
import { regionScope } from '../domain-keys/keyring.ts';
import {
  accessKeyTable,
  aliasTable,
  auditOutboxTable,
  domainKeyTable,
  headTable,
  installationTable,
  keyMaterialTable,
  keyPolicyTable,
  kmsKeyTable,
  protectedTables,
  tagTable,
} from '../storage/tables.ts';
import type { Finding } from './finding.ts';
import { storeChecks } from './store-checks.ts';
import {
  copyOf,
  examineStopped,
  fillStore,
  findingsAfter,
  inDatabase,
  type RightRows,
  type StoppedStore,
  withKeys,
} from './stopped-store.test-support.ts';

const accountId = '000000000000';
const region = 'eu-west-2';
const own = { account_id: accountId, region };

let store: StoppedStore;
/** Before its doomed key was destroyed. */
let earlier: string;
let mine: string;
let other: string;
let doomed: string;

async function makeKey(service: TestService, name: string): Promise<string> {
  const kms = service.client();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: name }));
  const KeyId = KeyMetadata?.KeyId ?? '';
  await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyId }));
  await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'owner', TagValue: name }] }));
  return KeyId;
}

beforeAll(async () => {
  store = await fillStore(async (service) => {
    mine = await makeKey(service, 'mine');
    other = await makeKey(service, 'other');
    doomed = await makeKey(service, 'doomed');
    const kms = service.client();
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: mine }));
    await service.client({ region: 'us-east-1' }).send(new CreateKeyCommand({}));
    const restarted = await service.restart();
    earlier = join(service.dataDir, '..', 'earlier');
    cpSync(service.dataDir, earlier, { recursive: true });
    await restarted.client().send(new ScheduleKeyDeletionCommand({ KeyId: doomed, PendingWindowInDays: 7 }));
    await restarted.advance(8 * day);
    await restarted.service.close();
  });
  inDatabase(earlier, (db) => db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
});
afterAll(() => {
  store.remove();
});

const briefly = (findings: readonly Finding[]) =>
  findings.map(({ check, table, key }) => ({ check, table, key }));

/** The findings after rows with right MACs were written. */
async function findingsWith(work: (rows: RightRows) => void, edit = ''): Promise<readonly Finding[]> {
  const copy = copyOf(store.dataDir);
  if (edit !== '')
    inDatabase(copy, (db) => {
      db.exec(edit);
    });
  await withKeys(copy, work);
  return (await examineStopped(copy)).findings;
}

const run =
  (sql: string, ...values: (string | number)[]) =>
  (db: DatabaseSync) => {
    expect(db.prepare(sql).run(...values).changes).toBeGreaterThan(0);
  };

describe('The examination of a stopped store', () => {
  it('has a check for every table', () => {
    expect(storeChecks.map(({ table }) => table.name).sort()).toEqual(
      protectedTables.map(({ name }) => name).sort(),
    );
  });

  it('finds nothing before anything is damaged', async () => {
    expect((await examineStopped(store.dataDir)).findings).toEqual([]);
  });

  it.each<readonly [string, string, string, () => readonly [string, string, string]]>([
    [
      'a key state',
      'kms_key',
      "UPDATE kms_key SET state = 'Disabled' WHERE key_id = ?",
      () => [mine, region, mine],
    ],
  ])('names the row that was edited: %s', async (_what, table, sql) => {
    const findings = await findingsAfter(store.dataDir, run(sql, mine));
    expect(findings).toEqual([
      {
        severity: 'damage',
        check: 'row-integrity',
        table,
        key: `${accountId} / ${region} / ${mine}`,
        text: `The row ${accountId} / ${region} / ${mine} of table ${table} fails its integrity check.`,
      },
    ]);
  });

  it('finds rows whose contents were swapped with their MACs, both', async () => {
    const findings = await findingsAfter(store.dataDir, (db) => {
      db.exec(`UPDATE key_policy SET key_id = 'x' WHERE key_id = '${mine}';
        UPDATE key_policy SET key_id = '${mine}' WHERE key_id = '${other}';
        UPDATE key_policy SET key_id = '${other}' WHERE key_id = 'x'`);
    });
    expect(briefly(findings)).toEqual(
      [mine, other].sort().map((id) => ({
        check: 'row-integrity',
        table: 'key_policy',
        key: `${accountId} / ${region} / ${id}`,
      })),
    );
  });

  it('reads on behind a number that is too large to be read', async () => {
    const findings = await findingsAfter(store.dataDir, (db) => {
      db.exec(`UPDATE tag SET version = 4611686018427387904 WHERE key_id = '${mine}';
        UPDATE tag SET tag_value = 'x' WHERE key_id = '${other}'`);
    });
    expect(findings.map(({ check }) => check).sort()).toEqual(['row-integrity', 'row-unreadable']);
    expect(findings.find(({ check }) => check === 'row-unreadable')?.key).toContain(mine);
  });

  it('says so where it cannot get past a key that is no text', async () => {
    const findings = await findingsAfter(store.dataDir, (db) => {
      db.exec(`UPDATE tag SET tag_key = CAST(x'ff' AS TEXT) WHERE key_id = '${mine}'`);
    });
    expect(findings.map(({ check, table }) => `${check} ${table ?? ''}`)).toContain('row-integrity tag');
  });
});

describe('Rows that do not belong together', () => {
  it.each<readonly [string, string, () => string]>([
    ['key-without-policy', 'DELETE FROM key_policy WHERE key_id = ?', () => mine],
    [
      'key-without-material',
      'DELETE FROM key_material WHERE key_id = ? AND material_id IN (SELECT current_material_id FROM kms_key)',
      () => mine,
    ],
  ])('are found: %s', async (check, sql, keyId) => {
    const findings = await findingsAfter(store.dataDir, run(sql, keyId()));
    expect(briefly(findings)).toEqual([
      { check, table: 'kms_key', key: `${accountId} / ${region} / ${keyId()}` },
    ]);
  });

  it('are not found where older key material of a key is missing, which is not caught yet', async () => {
    const findings = await findingsAfter(
      store.dataDir,
      run('DELETE FROM key_material WHERE key_id = ? AND ordinal = 0', mine),
    );
    expect(findings).toEqual([]);
  });

  it.each<readonly [string, string, (rows: RightRows) => void]>([
    [
      'a key spec that is not known',
      'key-spec kms_key',
      ({ read, put }) => {
        put(kmsKeyTable, { ...read(kmsKeyTable, { key_id: mine }), key_spec: 'RSA_1' }, 9);
      },
    ],
    [
      'a policy that does not parse',
      'key-policy key_policy',
      ({ read, put }) => {
        put(
          keyPolicyTable,
          { ...read(keyPolicyTable, { key_id: mine }), document: '{"Version":"2012-10-17"}' },
          9,
        );
      },
    ],
    [
      'an alias of a key in another Region',
      'alias-target alias',
      ({ read, put }) => {
        const { key_id } = read(kmsKeyTable, { region: 'us-east-1' });
        put(
          aliasTable,
          { ...read(aliasTable, { alias_name: 'alias/mine' }), target_key_id: key_id ?? null },
          9,
        );
      },
    ],
    [
      'a policy without its key',
      'row-without-key key_policy',
      ({ read, put }) => {
        put(keyPolicyTable, { ...read(keyPolicyTable, { key_id: mine }), key_id: 'none' }, 1);
      },
    ],
    [
      'key material without its key',
      'row-without-key key_material',
      ({ read, put }) => {
        put(keyMaterialTable, { ...read(keyMaterialTable, { key_id: other }), key_id: 'none' }, 1);
      },
    ],
    [
      'a tag without its key',
      'row-without-key tag',
      ({ read, put }) => {
        put(tagTable, { ...read(tagTable, { key_id: mine }), key_id: 'none' }, 1);
      },
    ],
    [
      'an access key of an account that is not there',
      'access-key-account access_key',
      ({ read, put, keyring }) => {
        const binding = encodeFields(['access key', 1, '999999999999', '999999999999', 'AKIAORPHAN']);
        const wrapped_secret = keyring.wrap('identity', () => binding, Buffer.from('secret'));
        const row = read(accessKeyTable, { access_key_id: 'test' });
        const ids = { access_key_id: 'AKIAORPHAN', account_id: '999999999999', principal_id: '999999999999' };
        put(accessKeyTable, { ...row, ...ids, wrapped_secret }, 1);
      },
    ],
    [
      'a head of an account that is not there',
      'head-account head',
      ({ put }) => {
        put(headTable, { account_id: '999999999999', region, commit_number: 0 }, 0);
      },
    ],
    [
      'a head that counts less than it was written',
      'head-number head',
      ({ read, put }) => {
        const row = read(headTable, own);
        put(headTable, row, row.version + 1);
      },
    ],
    [
      'an installation row of another installation',
      'installation installation',
      ({ read, put }) => {
        put(installationTable, { ...read(installationTable, {}), installation_id: 'other' }, 9);
      },
    ],
    [
      'a record in the outbox that is not the one it says',
      'outbox-record audit_outbox',
      ({ put }) => {
        const row = {
          sequence: 9,
          event_id: 'a',
          journal_segment: 1,
          journal_offset: 0,
          record: '{"eventId":"b"}',
        };
        put(auditOutboxTable, row, 1);
      },
    ],
  ])('are found although each has its right MAC: %s', async (_what, expected, work) => {
    const findings = await findingsWith(work);
    expect(findings.map(({ check, table }) => `${check} ${table ?? ''}`)).toEqual([expected]);
  });

  it('are found where a head is missing: the store is then behind the journal, too', async () => {
    const findings = await findingsAfter(store.dataDir, run('DELETE FROM head WHERE region = ?', region));
    expect(briefly(findings)).toEqual([
      { check: 'head-missing', table: 'head', key: `${accountId} / ${region}` },
      { check: 'store-behind-journal', table: 'head', key: `${accountId} / ${region}` },
    ]);
  });

  it('are found where the installation row is missing, and with it how far the clock was moved', async () => {
    const findings = await findingsAfter(store.dataDir, run('DELETE FROM installation'));
    expect(findings.map(({ check, severity }) => `${severity} ${check}`)).toEqual([
      'damage installation',
      'warning clock',
    ]);
  });

  it('are found where an account is missing: its access key and its Regions have none', async () => {
    const findings = await findingsAfter(store.dataDir, run('DELETE FROM account'));
    expect(findings.map(({ check }) => check)).toEqual([
      'access-key-account',
      'head-account',
      'head-account',
    ]);
  });
});

describe('What is wrapped', () => {
  const flipped = (bytes: unknown): Uint8Array => {
    const changed = Uint8Array.from(bytes as Uint8Array);
    changed[40] = (changed[40] ?? 0) ^ 1;
    return changed;
  };

  it.each<readonly [string, string, (rows: RightRows) => void]>([
    [
      'key material, by one bit',
      'key_material',
      ({ read, put }) => {
        const row = read(keyMaterialTable, { key_id: other });
        put(keyMaterialTable, { ...row, wrapped: flipped(row['wrapped']) }, 9);
      },
    ],
    [
      'the key material of another key',
      'key_material',
      ({ read, put }) => {
        const { wrapped } = read(keyMaterialTable, { key_id: mine, ordinal: 0 });
        put(keyMaterialTable, { ...read(keyMaterialTable, { key_id: other }), wrapped: wrapped ?? null }, 9);
      },
    ],
    [
      'a secret access key',
      'access_key',
      ({ read, put }) => {
        const row = read(accessKeyTable, { access_key_id: 'test' });
        put(accessKeyTable, { ...row, wrapped_secret: flipped(row['wrapped_secret']) }, 9);
      },
    ],
    [
      'a domain key that nothing needs',
      'domain_key',
      ({ read, put }) => {
        const row = read(domainKeyTable, { key_scope: regionScope(region) });
        put(domainKeyTable, { ...row, id: 'f'.repeat(32), status: 'retiring' }, 1);
      },
    ],
  ])('is found where it does not open, although its row is right: %s', async (_what, table, work) => {
    const findings = await findingsWith(work);
    expect(findings.map(({ check, table: where }) => `${check} ${where ?? ''}`)).toEqual([
      `wrapped-secret ${table}`,
    ]);
  });
});

describe('Domain keys', () => {
  it('that are missing are one finding, however many rows need them', async () => {
    const findings = await findingsAfter(
      store.dataDir,
      run('DELETE FROM domain_key WHERE key_scope = ?', regionScope(region)),
    );
    expect(findings.map(({ check }) => check)).toEqual(['domain-key-missing']);
    expect(findings[0]?.text).toMatch(
      /^The domain key [0-9a-f]{32} is not there or does not open; \d\d rows are protected by it/,
    );
  });

  it('of which two are current are found', async () => {
    const findings = await findingsWith(({ keyring, put }) => {
      const { change, secret } = keyring.newDomainKey(regionScope(region), 'current');
      secret.dispose();
      put(domainKeyTable, change.row ?? {}, 1);
    });
    expect(briefly(findings)).toEqual([
      { check: 'domain-key-count', table: 'domain_key', key: regionScope(region) },
    ]);
  });

  it('of which none is current are found', async () => {
    const findings = await findingsWith(({ read, put }) => {
      put(
        domainKeyTable,
        { ...read(domainKeyTable, { key_scope: regionScope(region) }), status: 'retiring' },
        2,
      );
    });
    expect(briefly(findings)).toEqual([
      { check: 'domain-key-missing', table: 'domain_key', key: regionScope(region) },
    ]);
  });

  it('are no damage while they are being replaced, with rows under both', async () => {
    const findings = await findingsWith(({ keyring, read, put }) => {
      const scope = regionScope(region);
      const old = read(domainKeyTable, { key_scope: scope });
      const { change, secret, id } = keyring.newDomainKey(scope, 'current');
      put(domainKeyTable, { ...old, status: 'retiring' }, 2);
      put(domainKeyTable, change.row ?? {}, 2);
      keyring.add(scope, id, secret, 'current');
      for (const table of [kmsKeyTable, keyPolicyTable, keyMaterialTable, tagTable]) {
        const row = read(table, { key_id: other });
        put(table, row, row.version + 1);
      }
    });
    expect(findings).toEqual([]);
  });
});

describe('A key that was destroyed', () => {
  it('is found where its old rows were put back', async () => {
    const findings = await findingsAfter(store.dataDir, (db) => {
      db.exec(`ATTACH '${join(earlier, 'keyhaven.db')}' AS earlier`);
      for (const table of ['kms_key', 'key_policy', 'key_material', 'tag'])
        db.exec(`INSERT INTO ${table} SELECT * FROM earlier.${table} WHERE key_id = '${doomed}'`);
    });
    expect(findings.map(({ check, table }) => `${check} ${table ?? ''}`)).toEqual([
      'destroyed-but-there tombstone',
      'destroyed-but-there tombstone',
    ]);
    expect(findings[0]?.text).toContain(doomed);
  });

  it('is found by the journal where its tombstones were taken away as well', async () => {
    const findings = await findingsAfter(store.dataDir, (db) => {
      db.exec(`ATTACH '${join(earlier, 'keyhaven.db')}' AS earlier; DELETE FROM tombstone`);
      for (const table of ['kms_key', 'key_policy', 'key_material', 'tag'])
        db.exec(`INSERT INTO ${table} SELECT * FROM earlier.${table} WHERE key_id = '${doomed}'`);
    });
    expect(briefly(findings)).toEqual([
      { check: 'destroyed-but-there', table: 'kms_key', key: `${accountId} / ${region} / ${doomed}` },
    ]);
  });

  it('is found where only its tombstone was taken away', async () => {
    const findings = await findingsAfter(store.dataDir, run("DELETE FROM tombstone WHERE kind = 'key'"));
    expect(briefly(findings)).toEqual([
      { check: 'tombstone-missing', table: 'tombstone', key: `${accountId} / ${region} / ${doomed}` },
    ]);
  });
});

describe('What the journal tells of the store', () => {
  it('finds a key that was removed whole', async () => {
    const findings = await findingsAfter(store.dataDir, (db) => {
      for (const table of ['kms_key', 'key_policy', 'key_material', 'tag'])
        db.exec(`DELETE FROM ${table} WHERE key_id = '${mine}'`);
      db.exec(`DELETE FROM alias WHERE target_key_id = '${mine}'`);
    });
    expect(briefly(findings)).toEqual([
      { check: 'key-lost', table: 'kms_key', key: `${accountId} / ${region} / ${mine}` },
    ]);
  });

  it('finds that the whole database is an older one', async () => {
    const copy = copyOf(store.dataDir);
    cpSync(join(earlier, 'keyhaven.db'), join(copy, 'keyhaven.db'));
    const { findings } = await examineStopped(copy);
    expect(findings.map(({ check }) => check).sort()).toEqual([
      'destroyed-but-there',
      'store-behind-journal',
    ]);
  });

  it('finds an older head that was put back', async () => {
    const findings = await findingsAfter(store.dataDir, (db) => {
      db.exec(`ATTACH '${join(earlier, 'keyhaven.db')}' AS earlier;
        DELETE FROM head; INSERT INTO head SELECT * FROM earlier.head`);
    });
    expect(briefly(findings)).toEqual([
      { check: 'store-behind-journal', table: 'head', key: `${accountId} / ${region}` },
    ]);
  });

  it('does not find an older row of a key, which is not caught yet', async () => {
    const findings = await findingsAfter(store.dataDir, (db) => {
      db.exec(`ATTACH '${join(earlier, 'keyhaven.db')}' AS earlier;
        REPLACE INTO key_policy SELECT * FROM earlier.key_policy WHERE key_id = '${mine}'`);
    });
    expect(findings).toEqual([]);
  });
});
