import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListKeysCommand,
  PutKeyPolicyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveFolder, type ServedFolder } from './served-folder.ts';

interface Original {
  readonly dataDir: string;
  readonly mine: string;
  readonly other: string;
  readonly blob: Uint8Array;
  readonly otherBlob: Uint8Array;
  /** The rows of `mine` before its policy was last changed. */
  readonly oldPolicyRow: Record<string, unknown>;
}

const internalFailure = { name: 'KMSInternalException', status: 500 };
const folders: string[] = [];
let original: Original;
let running: ServedFolder | undefined;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-tampering-'));
  folders.push(folder);
  return folder;
}

function clientFor(url: string, accessKeyId = 'test'): KMSClient {
  const credentials = { accessKeyId, secretAccessKey: 'test' };
  return new KMSClient({ endpoint: url, region: 'eu-west-2', credentials, maxAttempts: 1 });
}

function inDatabase<T>(dataDir: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

beforeAll(async () => {
  const dataDir = temporaryFolder();
  const service = await serveFolder(dataDir);
  const kms = clientFor(service.url);
  const make = async (name: string) => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: name }));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyId }));
    await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'owner', TagValue: name }] }));
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(name) }));
    return { KeyId, blob: CiphertextBlob ?? new Uint8Array() };
  };
  const mine = await make('mine');
  const other = await make('other');
  const oldPolicyRow = inDatabase(dataDir, (db) =>
    db.prepare('SELECT * FROM key_policy WHERE key_id = ?').get(mine.KeyId),
  );
  const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: mine.KeyId }));
  await kms.send(
    new PutKeyPolicyCommand({ KeyId: mine.KeyId, Policy: (Policy ?? '').replace('"Enable', '"Do enable') }),
  );
  await kms.send(new CreateKeyCommand({}));
  kms.destroy();
  await service.stop();
  original = {
    dataDir,
    mine: mine.KeyId,
    other: other.KeyId,
    blob: mine.blob,
    otherBlob: other.blob,
    oldPolicyRow: oldPolicyRow ?? {},
  };
});

afterEach(async () => {
  await running?.kill();
  running = undefined;
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Starts a copy of the stopped store after it was edited. */
async function edited(edit: (db: DatabaseSync) => void): Promise<{ service: ServedFolder; kms: KMSClient }> {
  const dataDir = temporaryFolder();
  cpSync(original.dataDir, dataDir, { recursive: true });
  inDatabase(dataDir, edit);
  running = await serveFolder(dataDir);
  return { service: running, kms: clientFor(running.url) };
}

/** Copies columns of one row to another, and the other's to the first. */
function swap(
  db: DatabaseSync,
  table: string,
  key: string,
  columns: readonly string[],
  a: string,
  b: string,
): void {
  const rowOf = (value: string) =>
    db.prepare(`SELECT ${columns.join(', ')} FROM ${table} WHERE ${key} = ?`).get(value);
  const [first, second] = [rowOf(a), rowOf(b)];
  const set = db.prepare(
    `UPDATE ${table} SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE ${key} = ?`,
  );
  for (const [row, to] of [
    [second, a],
    [first, b],
  ] as const) {
    set.run(...columns.map((column) => row?.[column] ?? null), to);
  }
}

const everyPolicyColumn = ['document', 'version', 'domain_key_id', 'mac'];
const everyMaterialColumn = ['wrapped', 'ordinal', 'created_at', 'version', 'domain_key_id', 'mac'];

describe('A row that was changed while the service was stopped', () => {
  const trials: readonly (readonly [string, string, (db: DatabaseSync) => void])[] = [
    [
      'a key policy that lets everyone in',
      'key_policy',
      (db) => {
        const document =
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';
        db.prepare('UPDATE key_policy SET document = ? WHERE key_id = ?').run(document, original.mine);
      },
    ],
    [
      'a key state',
      'kms_key',
      (db) => db.prepare("UPDATE kms_key SET state = 'Disabled' WHERE key_id = ?").run(original.mine),
    ],
    [
      'a deletion date',
      'kms_key',
      (db) =>
        db
          .prepare("UPDATE kms_key SET state = 'PendingDeletion', deletion_at = 1 WHERE key_id = ?")
          .run(original.mine),
    ],
    [
      'a description',
      'kms_key',
      (db) => db.prepare("UPDATE kms_key SET description = 'other' WHERE key_id = ?").run(original.mine),
    ],
    [
      "a key's current key material",
      'kms_key',
      (db) =>
        db
          .prepare(
            'UPDATE kms_key SET current_material_id = (SELECT material_id FROM key_material WHERE key_id = ?) WHERE key_id = ?',
          )
          .run(original.other, original.mine),
    ],
    [
      'wrapped key material, by one bit',
      'key_material',
      (db) => {
        const row = db.prepare('SELECT wrapped FROM key_material WHERE key_id = ?').get(original.mine);
        const wrapped = Uint8Array.from(row?.['wrapped'] as Uint8Array);
        wrapped[40] = (wrapped[40] ?? 0) ^ 1;
        db.prepare('UPDATE key_material SET wrapped = ? WHERE key_id = ?').run(wrapped, original.mine);
      },
    ],
    [
      'a tag',
      'tag',
      (db) => db.prepare("UPDATE tag SET tag_value = 'other' WHERE key_id = ?").run(original.mine),
    ],
  ];

  it.each(trials)(
    'refuses every use of its key, alone, and raises an alarm: %s',
    async (_what, table, edit) => {
      const { service, kms } = await edited(edit);
      const KeyId = original.mine;
      expect(await refusalOf(kms.send(new DescribeKeyCommand({ KeyId })))).toMatchObject(internalFailure);
      expect(
        await refusalOf(kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))),
      ).toMatchObject(internalFailure);
      expect(await refusalOf(kms.send(new DecryptCommand({ CiphertextBlob: original.blob })))).toMatchObject(
        internalFailure,
      );
      expect(service.errorLines().join('\n')).toMatch(
        new RegExp(`"alarm".*table ${table} fails its integrity check`),
      );

      const reply = await kms.send(new DecryptCommand({ CiphertextBlob: original.otherBlob }));
      expect(Buffer.from(reply.Plaintext ?? []).toString()).toBe('other');
      expect((await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyState).toBe('Enabled');
    },
  );

  it.each([
    ['the policies of two keys', 'key_policy', everyPolicyColumn],
    ['the key material of two keys', 'key_material', everyMaterialColumn],
    ['the wrapped bytes of two keys', 'key_material', ['wrapped']],
    ['the descriptions of two keys', 'kms_key', ['description', 'version', 'domain_key_id', 'mac']],
  ])('refuses both keys when rows are swapped with their MACs: %s', async (_what, table, columns) => {
    const { kms } = await edited((db) => {
      swap(db, table, 'key_id', columns, original.mine, original.other);
    });
    for (const CiphertextBlob of [original.blob, original.otherBlob]) {
      expect(await refusalOf(kms.send(new DecryptCommand({ CiphertextBlob })))).toMatchObject(
        internalFailure,
      );
    }
    expect((await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyState).toBe('Enabled');
  });

  it('refuses an alias that was pointed at another key, and the key that it claims; its old key works', async () => {
    const { kms } = await edited((db) => {
      db.prepare("UPDATE alias SET target_key_id = ? WHERE alias_name = 'alias/mine'").run(original.other);
    });
    const use = (KeyId: string) => kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    expect(await refusalOf(use('alias/mine'))).toMatchObject(internalFailure);
    expect(await refusalOf(use(original.other))).toMatchObject(internalFailure);
    expect((await use(original.mine)).KeyId).toContain(original.mine);
  });

  it('refuses to list keys over a row that was changed, and raises an alarm', async () => {
    const { service, kms } = await edited((db) => {
      db.prepare("UPDATE kms_key SET state = 'Disabled' WHERE key_id = ?").run(original.mine);
    });
    expect(await refusalOf(kms.send(new ListKeysCommand({})))).toMatchObject(internalFailure);
    expect(service.errorLines().join('\n')).toContain('table kms_key fails its integrity check');
  });

  it.each([
    ['its secret', "UPDATE access_key SET wrapped_secret = zeroblob(49) WHERE access_key_id = 'test'"],
    ['its account', "UPDATE access_key SET account_id = '111111111111' WHERE access_key_id = 'test'"],
    ['its id', "UPDATE access_key SET access_key_id = 'AKIAOTHER' WHERE access_key_id = 'test'"],
  ])('lets nobody in with an access key when it was changed: %s', async (_what, sql) => {
    const { service } = await edited((db) => {
      db.exec(sql);
    });
    const kms = clientFor(service.url, sql.includes('AKIAOTHER') ? 'AKIAOTHER' : 'test');
    expect(await refusalOf(kms.send(new ListKeysCommand({})))).toMatchObject(internalFailure);
    expect(service.errorLines().join('\n')).toContain('table access_key fails its integrity check');
  });
});

describe('The limit of what is noticed today', () => {
  it('is a whole older row with its own valid MAC: it is taken for the current one', async () => {
    const { kms } = await edited((db) => {
      const columns = Object.keys(original.oldPolicyRow);
      const old = columns.map((column) => original.oldPolicyRow[column] as string | number | Uint8Array);
      db.prepare(
        `REPLACE INTO key_policy (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      ).run(...old);
    });
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: original.mine }));
    expect(Policy).toContain('"Enable');
  });

  it('is a key that was removed whole: it is taken for one that never was', async () => {
    const { kms } = await edited((db) => {
      for (const table of ['kms_key', 'key_policy', 'key_material', 'tag']) {
        db.prepare(`DELETE FROM ${table} WHERE key_id = ?`).run(original.mine);
      }
    });
    expect((await refusalOf(kms.send(new DescribeKeyCommand({ KeyId: original.mine })))).name).toBe(
      'NotFoundException',
    );
  });
});
