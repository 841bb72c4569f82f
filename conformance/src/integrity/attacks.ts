import { copyFileSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  ListGrantsCommand,
  ListKeysCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { credentials, inDatabase, type OriginalStore, region } from './attacked-store.ts';

/** What an attack meets. */
export interface Outcome {
  /** Requests that touch what was attacked, each from an access key of its own account. */
  readonly uses: readonly Use[];
  /** How they are answered: refused with an alarm that names the table, or served as if nothing had happened. */
  readonly atUse: { readonly refusedOver: string } | 'served';
  /** What the start of a service on the attacked store says; undefined: it serves. */
  readonly atStart: RegExp | undefined;
  /** The findings of an examination, in any order. */
  readonly doctor: readonly (string | RegExp)[];
  /** What the scrub of a running service records. */
  readonly scrub: readonly string[];
}

interface Use {
  readonly who: keyof typeof credentials;
  readonly send: (kms: KMSClient) => Promise<unknown>;
}

export interface Attack extends Outcome {
  /** What was done, for a title. */
  readonly name: string;
  readonly carryOut: (dataDir: string) => void;
}

const use = (send: (kms: KMSClient) => Promise<unknown>, who: keyof typeof credentials = 'own'): Use => ({
  who,
  send,
});

function setColumns(
  db: DatabaseSync,
  table: string,
  key: string,
  id: string,
  values: Readonly<Record<string, unknown>>,
): void {
  const columns = Object.keys(values);
  const sql = `UPDATE ${table} SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE ${key} = ?`;
  db.prepare(sql).run(...columns.map((column) => values[column] as SQLInputValue), id);
}

/** Gives each of two rows the other's columns, MACs and all, except their keys. */
function swap(
  db: DatabaseSync,
  table: string,
  key: string,
  columns: readonly string[],
  a: string,
  b: string,
): void {
  const read = (id: string) =>
    db.prepare(`SELECT ${columns.join(', ')} FROM ${table} WHERE ${key} = ?`).get(id) ?? {};
  const [first, second] = [read(a), read(b)];
  setColumns(db, table, key, a, second);
  setColumns(db, table, key, b, first);
}

/** Of a key of the account `own`. */
const arnOf = (keyId: string) => `arn:aws:kms:${region}:000000000000:key/${keyId}`;

const protection = ['version', 'domain_key_id', 'mac'];

/** The unique id of a user of the attacked store. */
function userId(db: DatabaseSync, name: 'ada' | 'eve'): string {
  return String(db.prepare('SELECT user_id FROM iam_user WHERE name_key = ?').get(name)?.['user_id']);
}

/** The attacks on rows: whoever reads a row anew sees it. */
export function rowAttacks(store: OriginalStore): readonly Attack[] {
  const { mine, other, blobs } = store;
  const describe = (KeyId: string) => use((kms) => kms.send(new DescribeKeyCommand({ KeyId })));
  const decrypt = (CiphertextBlob: Uint8Array) =>
    use((kms) => kms.send(new DecryptCommand({ CiphertextBlob })));
  const encryptWith = (KeyId: string) =>
    use((kms) => kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })));
  const tag = (KeyId: string) =>
    use((kms) => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })));
  const list = (who: keyof typeof credentials) => use((kms) => kms.send(new ListKeysCommand({})), who);
  const listGrants = (KeyId: string) => use((kms) => kms.send(new ListGrantsCommand({ KeyId })));
  /** The grantee of the grant on `mine`. */
  const granted = (KeyId: string) =>
    use(
      (kms) => kms.send(new EncryptCommand({ KeyId: arnOf(KeyId), Plaintext: Buffer.from('x') })),
      'stranger',
    );
  const row = (table: string, count = 1) => {
    const findings = Array.from({ length: count }, () => `row-integrity ${table}`);
    return { atUse: { refusedOver: table }, atStart: undefined, doctor: findings, scrub: findings };
  };
  const own = credentials.own.accessKeyId;
  const stranger = credentials.stranger.accessKeyId;
  const edit = (work: (db: DatabaseSync) => void) => (dataDir: string) => {
    inDatabase(dataDir, work);
  };
  return [
    {
      name: 'a key policy that lets everyone in',
      carryOut: edit((db) => {
        const document =
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';
        setColumns(db, 'key_policy', 'key_id', mine, { document });
      }),
      uses: [tag(mine), describe(mine), decrypt(blobs.mine)],
      ...row('key_policy'),
    },
    {
      name: 'a key state that was flipped',
      carryOut: edit((db) => {
        setColumns(db, 'kms_key', 'key_id', store.disabled, { state: 'Enabled' });
      }),
      uses: [tag(store.disabled), decrypt(blobs.disabled)],
      ...row('kms_key'),
    },
    {
      name: 'the policies of two keys, swapped with their MACs',
      carryOut: edit((db) => {
        swap(db, 'key_policy', 'key_id', ['document', ...protection], mine, other);
      }),
      uses: [tag(mine), tag(other), decrypt(blobs.mine), decrypt(blobs.other)],
      ...row('key_policy', 2),
    },
    {
      name: 'the access keys of two accounts, swapped with their MACs',
      carryOut: edit((db) => {
        const columns = [
          'account_id',
          'principal_id',
          'status',
          'wrapped_secret',
          'created_at',
          ...protection,
        ];
        swap(db, 'access_key', 'access_key_id', columns, own, stranger);
      }),
      uses: [list('own'), list('stranger')],
      ...row('access_key', 2),
    },
    {
      name: 'an access key that was made one of another account',
      carryOut: edit((db) => {
        setColumns(db, 'access_key', 'access_key_id', stranger, {
          account_id: '000000000000',
          principal_id: '000000000000',
        });
      }),
      uses: [list('stranger')],
      ...row('access_key'),
    },
    {
      name: 'an alias that was pointed at another key',
      carryOut: edit((db) => {
        setColumns(db, 'alias', 'alias_name', 'alias/mine', { target_key_id: other });
      }),
      uses: [tag(other), encryptWith('alias/mine'), encryptWith(other)],
      ...row('alias'),
    },
    {
      name: 'the key material of another key',
      carryOut: edit((db) => {
        const theirs = db.prepare('SELECT wrapped FROM key_material WHERE key_id = ?').get(other);
        setColumns(db, 'key_material', 'key_id', mine, theirs ?? {});
      }),
      uses: [tag(mine), encryptWith(mine), decrypt(blobs.mine)],
      ...row('key_material'),
    },
    {
      name: "a user's policy that was attached to another user",
      carryOut: edit((db) => {
        setColumns(db, 'iam_attachment', 'owner_id', userId(db, 'ada'), { owner_id: userId(db, 'eve') });
      }),
      uses: [list('eve')],
      ...row('iam_attachment'),
    },
    {
      name: 'a policy that was made to allow more',
      carryOut: edit((db) => {
        const document =
          '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
        db.prepare('UPDATE iam_policy_version SET document = ?').run(document);
      }),
      uses: [list('ada')],
      ...row('iam_policy_version'),
    },
    {
      name: 'a user that was put into a group',
      carryOut: edit((db) => {
        const columns = ['account_id', 'group_id', ...protection].join(', ');
        db.prepare(
          `INSERT INTO iam_group_member (user_id, ${columns}) SELECT ?, ${columns} FROM iam_group_member`,
        ).run(userId(db, 'eve'));
      }),
      uses: [list('eve')],
      ...row('iam_group_member'),
    },
    {
      name: "another user's name and path for a user",
      carryOut: edit((db) => {
        setColumns(db, 'iam_user', 'name_key', 'eve', { user_name: 'Root', path: '/admins/' });
      }),
      uses: [list('eve')],
      ...row('iam_user'),
    },
    {
      name: 'a control policy that allows what it denied',
      carryOut: edit((db) => {
        db.exec("UPDATE control_policy SET document = replace(document, 'Deny', 'Allow')");
      }),
      uses: [list('ada'), list('eve')],
      ...row('control_policy'),
    },
    {
      name: 'a control policy that was removed',
      carryOut: edit((db) => {
        db.exec('DELETE FROM control_policy');
      }),
      uses: [list('ada')],
      atUse: 'served',
      atStart: undefined,
      doctor: [],
      scrub: [],
    },
    {
      name: 'a grant that was made to allow more',
      carryOut: edit((db) => {
        setColumns(db, 'kms_grant', 'key_id', mine, { operations: '["Decrypt","Encrypt"]' });
      }),
      uses: [granted(mine), listGrants(mine)],
      ...row('kms_grant'),
    },
    {
      name: 'a grant that was copied to another key with its MAC',
      carryOut: edit((db) => {
        const theirs = db.prepare('SELECT * FROM kms_grant WHERE key_id = ?').get(mine) ?? {};
        const copied = { ...theirs, key_id: other };
        const columns = Object.keys(copied);
        db.prepare(
          `INSERT INTO kms_grant (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        ).run(...Object.values(copied));
      }),
      uses: [granted(other), listGrants(other)],
      ...row('kms_grant'),
    },
    {
      name: 'a key that was removed whole',
      carryOut: edit((db) => {
        for (const table of ['kms_key', 'key_policy', 'key_material', 'key_last_usage', 'kms_grant', 'tag'])
          db.prepare(`DELETE FROM ${table} WHERE key_id = ?`).run(mine);
        db.prepare('DELETE FROM alias WHERE target_key_id = ?').run(mine);
      }),
      // It is taken for one that never was; whoever else is asked knows nothing of it.
      uses: [use((kms) => kms.send(new GetKeyPolicyCommand({ KeyId: other })))],
      atUse: 'served',
      atStart: undefined,
      doctor: ['key-lost kms_key'],
      scrub: ['key-lost kms_key'],
    },
    {
      name: 'a head that was removed',
      carryOut: edit((db) => {
        db.exec("DELETE FROM head WHERE region = 'eu-west-2' AND account_id = '000000000000'");
      }),
      uses: [use((kms) => kms.send(new GetKeyPolicyCommand({ KeyId: other })))],
      atUse: 'served',
      atStart: undefined,
      doctor: ['head-missing head', 'store-behind-journal head'],
      scrub: ['head-missing head', 'store-behind-journal head'],
    },
    {
      name: 'an old row of the same key, put back with its own MAC',
      carryOut: edit((db) => {
        const { enabledRow } = store;
        const columns = Object.keys(enabledRow);
        db.prepare(
          `REPLACE INTO kms_key (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        ).run(...columns.map((column) => enabledRow[column] as SQLInputValue));
      }),
      uses: [decrypt(blobs.disabled)],
      atUse: 'served',
      atStart: undefined,
      doctor: [],
      scrub: [],
    },
  ];
}

/** Cuts the last lines off a journal; what is left follows the chain. */
export function deleteJournalTail(dataDir: string, lines: number): void {
  const path = join(dataDir, 'journal/00000001.jsonl');
  const bytes = readFileSync(path);
  let end = bytes.length;
  for (let n = 0; n < lines; n++) end = bytes.lastIndexOf(0x0a, end - 2) + 1;
  truncateSync(path, end);
}

export function truncateDatabase(dataDir: string): void {
  const path = join(dataDir, 'keyhaven.db');
  truncateSync(path, statSync(path).size / 2);
}

export function replaceSealHeader(dataDir: string, foreignDir: string): void {
  copyFileSync(join(foreignDir, 'seal.json'), join(dataDir, 'seal.json'));
}
