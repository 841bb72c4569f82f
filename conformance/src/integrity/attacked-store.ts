import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  KMSClient,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { examineFolder } from '@keyhaven/server';
import { startTestService } from '@keyhaven/testkit';

export const region = 'eu-west-2';

/** The root access keys of two accounts, and those of two users of a third. */
export const credentials = {
  own: { accessKeyId: 'test', secretAccessKey: 'test' },
  stranger: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'the secret of a stranger' },
  ada: { accessKeyId: 'AKIAADA', secretAccessKey: 'the secret of Ada' },
  eve: { accessKeyId: 'AKIAEVE', secretAccessKey: 'the secret of Eve' },
} as const;

const strangerAccount = '111111111111';

const seed = `accounts:
  - id: "${strangerAccount}"
    rootAccessKeys: [{ accessKeyId: ${credentials.stranger.accessKeyId}, secretAccessKey: ${credentials.stranger.secretAccessKey} }]
  - id: "222222222222"
    policies:
      - name: UseKeys
        document: { Version: 2012-10-17, Statement: { Effect: Allow, Action: "kms:*", Resource: "*" } }
    groups: [{ name: Ops, policies: [UseKeys] }]
    users:
      - name: Ada
        groups: [Ops]
        policies: [UseKeys]
        accessKeys: [{ accessKeyId: ${credentials.ada.accessKeyId}, secretAccessKey: ${credentials.ada.secretAccessKey} }]
      - name: Eve
        accessKeys: [{ accessKeyId: ${credentials.eve.accessKeyId}, secretAccessKey: ${credentials.eve.secretAccessKey} }]
    controlPolicies:
      service:
        no-listing:
          Version: 2012-10-17
          Statement:
            - { Effect: Allow, Action: "*", Resource: "*" }
            - { Effect: Deny, Action: "kms:ListKeys", Resource: "*" }
`;

/** A stopped store to attack copies of, with what an attacker may know of it. */
export interface OriginalStore {
  readonly dataDir: string;
  /** Keys with an alias of their name, `mine` and `other`; a grant on `mine` lets the stranger decrypt. `disabled` is Disabled since a little before the end. */
  readonly mine: string;
  readonly other: string;
  readonly disabled: string;
  readonly blobs: { readonly mine: Uint8Array; readonly other: Uint8Array; readonly disabled: Uint8Array };
  /** The row of `disabled` from when it was enabled. */
  readonly enabledRow: Readonly<Record<string, SQLOutputValue>>;
}

export type Row = Readonly<Record<string, SQLOutputValue>>;

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-attack-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function copyOf(dataDir: string): string {
  const copy = join(temporaryFolder(), 'data');
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

/** A connection beside whatever else uses the database. */
export function inDatabase<T>(dataDir: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

export function clientFor(url: string, who: keyof typeof credentials = 'own'): KMSClient {
  return new KMSClient({ endpoint: url, region, credentials: credentials[who], maxAttempts: 1 });
}

export async function makeOriginal(): Promise<OriginalStore> {
  const folder = temporaryFolder();
  const seedPath = join(folder, 'seed.yaml');
  writeFileSync(seedPath, seed);
  const dataDir = join(folder, 'data');
  const service = await startTestService({ dataDir, seed: seedPath });
  const kms = clientFor(service.url);
  const make = async (name: string) => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: name }));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyId }));
    await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'owner', TagValue: name }] }));
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(name) }));
    return { keyId: KeyId, blob: CiphertextBlob ?? new Uint8Array() };
  };
  const mine = await make('mine');
  await kms.send(
    new CreateGrantCommand({
      KeyId: mine.keyId,
      GranteePrincipal: `arn:aws:iam::${strangerAccount}:root`,
      Operations: ['Decrypt'],
    }),
  );
  const other = await make('other');
  const disabled = await make('disabled');
  const enabledRow = inDatabase(dataDir, (db) =>
    db.prepare('SELECT * FROM kms_key WHERE key_id = ?').get(disabled.keyId),
  );
  await kms.send(new DisableKeyCommand({ KeyId: disabled.keyId }));
  kms.destroy();
  // Not `close` of the testkit, which removes the folder.
  await service.service.close();
  return {
    dataDir,
    mine: mine.keyId,
    other: other.keyId,
    disabled: disabled.keyId,
    blobs: { mine: mine.blob, other: other.blob, disabled: disabled.blob },
    enabledRow: enabledRow ?? {},
  };
}

/** The whole store of another installation. */
export async function makeForeign(): Promise<string> {
  const dataDir = join(temporaryFolder(), 'data');
  const service = await startTestService({ dataDir });
  await service.service.close();
  return dataDir;
}

/** What the doctor says of a stopped folder: each finding's check and table, or why it is refused. */
export async function doctorOf(dataDir: string): Promise<readonly string[]> {
  try {
    const { findings } = await examineFolder({ dataDir }, () => undefined);
    return findings.map(({ check, table }) => (table === undefined ? check : `${check} ${table}`));
  } catch (error) {
    return [String(error)];
  }
}
