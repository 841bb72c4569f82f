import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { day } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { verifyJournal } from '../durability/journal-verifier.ts';
import { serveFolder } from '../durability/served-folder.ts';
import { createExternalKey, importMaterial } from './importing.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-import-kill-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function clientOf(url: string): KMSClient {
  const client = new KMSClient({
    endpoint: url,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  onTestFinished(() => {
    client.destroy();
  });
  return client;
}

function wrappedOf(dataDir: string, keyId: string): Uint8Array {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true });
  const row = db.prepare('SELECT wrapped FROM key_material WHERE key_id = ?').get(keyId);
  db.close();
  return row?.['wrapped'] as Uint8Array;
}

/** The files of a folder that hold the bytes, in full or their second half. */
function filesWith(dataDir: string, bytes: Uint8Array): readonly string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((entry) =>
      readFileSync(join(entry.parentPath, entry.name)).includes(bytes.subarray(bytes.length / 2)),
    )
    .map(({ name }) => name);
}

interface Trial {
  readonly kms: KMSClient;
  readonly url: string;
  readonly keyId: string;
}

/** Serves a key with imported key material until it is killed at the point, which `act` brings about, and starts again. */
async function killedAt(point: string, act: (trial: Trial) => Promise<unknown>) {
  const dataDir = join(temporaryFolder(), 'data');
  const armed = join(temporaryFolder(), 'armed');
  const killed = await serveFolder(dataDir, {
    nodeFlags: ['--import', pathToFileURL(join(import.meta.dirname, '../running/kill-at.ts')).href],
    environment: { KILL_AT: point, KILL_AT_ARMED: armed },
  });
  onTestFinished(() => killed.kill());
  const kms = clientOf(killed.url);
  const { id: keyId } = await createExternalKey(kms);
  const material = randomBytes(32);
  const ValidTo = new Date(Date.now() + day * 1000);
  const materialId = await importMaterial(kms, keyId, material, { ValidTo });
  const Plaintext = Buffer.from('kept');
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext }));
  const wrapped = wrappedOf(dataDir, keyId);
  writeFileSync(armed, '');
  const acted = act({ kms, url: killed.url, keyId }).catch(() => undefined);
  expect(await killed.ended()).toBeNull();
  await acted;

  const service = await serveFolder(dataDir);
  onTestFinished(() => service.kill());
  return { service, dataDir, keyId, material, materialId, wrapped, CiphertextBlob };
}

const stateOf = async (kms: KMSClient, KeyId: string) =>
  (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

/** The same material makes the key whole again, and it opens what it encrypted before. */
async function expectRecoverable(
  kms: KMSClient,
  { keyId, material, materialId, CiphertextBlob }: Awaited<ReturnType<typeof killedAt>>,
): Promise<void> {
  expect(await importMaterial(kms, keyId, material)).toBe(materialId);
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
  expect(Buffer.from(Plaintext ?? []).toString()).toBe('kept');
}

describe('A service that is killed', () => {
  it.each(['before expire material', 'after expire material', 'truncated after expire material'])(
    'has destroyed the expired key material by the time that it serves again, with one record: %s',
    async (point) => {
      const trial = await killedAt(point, ({ url }) =>
        fetch(`${url}/_keyhaven/clock`, {
          method: 'POST',
          body: JSON.stringify({ advanceSeconds: day + 60 }),
        }),
      );
      const { service, dataDir, keyId, wrapped } = trial;
      const kms = clientOf(service.url);
      expect(await stateOf(kms, keyId)).toBe('PendingImport');
      expect(wrappedOf(dataDir, keyId)).toHaveLength(0);
      expect(filesWith(dataDir, wrapped)).toEqual([]);
      await expectRecoverable(kms, trial);
      await service.stop();
      const expiries = verifyJournal(join(dataDir, 'journal')).filter(
        ({ eventName }) => eventName === 'DeleteExpiredKeyMaterial',
      );
      expect(expiries).toHaveLength(1);
    },
  );

  it.each([
    ['before delete material', 'Enabled'],
    ['after delete material', 'PendingImport'],
    ['truncated after delete material', 'PendingImport'],
  ])('has deleted the key material whole or not at all: %s', async (point, state) => {
    const trial = await killedAt(point, ({ kms, keyId }) =>
      kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: keyId })),
    );
    const { service, dataDir, keyId, wrapped } = trial;
    const kms = clientOf(service.url);
    expect(await stateOf(kms, keyId)).toBe(state);
    expect(filesWith(dataDir, wrapped).length > 0).toBe(state === 'Enabled');
    await expectRecoverable(kms, trial);
    await service.stop();
    verifyJournal(join(dataDir, 'journal'));
  });
});
