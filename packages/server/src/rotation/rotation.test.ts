import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  type KMSClient,
  ListKeysCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { protectedTables } from '../storage/tables.ts';

interface Sealed {
  readonly keyId: string;
  readonly blob: Uint8Array;
}

async function started(): Promise<TestService> {
  const service = await startTestService();
  onTestFinished(() => service.close());
  return service;
}

async function makeCiphertexts(kms: KMSClient, count: number): Promise<readonly Sealed[]> {
  const made: Sealed[] = [];
  for (let index = 0; index < count; index++) {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const keyId = KeyMetadata?.KeyId ?? '';
    const blobs = [await encrypt(kms, keyId)];
    // Previous key material is wrapped as well.
    if (index % 3 === 0) {
      await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
      blobs.push(await encrypt(kms, keyId));
    }
    for (const blob of blobs) made.push({ keyId, blob });
  }
  return made;
}

async function encrypt(kms: KMSClient, KeyId: string): Promise<Uint8Array> {
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(KeyId) }));
  return CiphertextBlob ?? new Uint8Array();
}

async function expectAllOpen(kms: KMSClient, sealed: readonly Sealed[]): Promise<void> {
  for (const { keyId, blob } of sealed) {
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe(keyId);
  }
}

/** Which keys protect the rows of each table, read from the file itself. */
function protectingKeys({ dataDir }: TestService): ReadonlySet<string> {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true });
  const ids = protectedTables.flatMap(({ name }) =>
    db
      .prepare(`SELECT DISTINCT domain_key_id AS id FROM ${name}`)
      .all()
      .map(({ id }) => String(id)),
  );
  db.close();
  return new Set(ids);
}

function domainKeys({ dataDir }: TestService): readonly { id: string; scope: string; status: string }[] {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true });
  const rows = db.prepare('SELECT id, key_scope AS scope, status FROM domain_key ORDER BY key_scope').all();
  db.close();
  return rows.map(({ id, scope, status }) => ({
    id: String(id),
    scope: String(scope),
    status: String(status),
  }));
}

describe('A rotation of domain keys', () => {
  it('leaves nothing under the old keys, and every ciphertext opens, before and after a restart', async () => {
    const service = await started();
    const kms = service.client();
    const sealed = await makeCiphertexts(kms, 6);
    const before = new Set(domainKeys(service).map(({ id }) => id));

    const result = await service.admin('domain-rotate', { scope: { kind: 'all' } });

    expect(result['rotated']).toMatchObject([{ scope: 'identity' }, { scope: 'eu-west-2' }]);
    const after = domainKeys(service);
    expect(after.map(({ status }) => status)).toEqual(['current', 'current']);
    expect(after.some(({ id }) => before.has(id))).toBe(false);
    for (const id of before) expect(protectingKeys(service)).not.toContain(id);
    await expectAllOpen(kms, sealed);
    const again = await service.restart();
    onTestFinished(() => again.close());
    await expectAllOpen(again.client(), sealed);
  });

  it('records each of its phases, and who asked for it', async () => {
    const service = await started();
    await service.admin('domain-rotate', { scope: { kind: 'identity' } });
    const records = service.journal().filter(({ eventName }) => eventName === 'RotateDomainKey');
    expect(records.map(({ phase, operator }) => phase ?? operator)).toEqual([
      'distribute',
      'activate',
      'retire',
      'socket',
    ]);
  });

  it('does not bring destroyed key material back', async () => {
    const service = await started();
    const kms = service.client();
    const [sealed] = await makeCiphertexts(kms, 1);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: sealed?.keyId, PendingWindowInDays: 7 }));
    await service.advance(8 * day);
    const before = await service.admin('destruction-status');
    expect(before['destroyed']).toMatchObject([{ materials: 2, isDomainKeyRetired: false }]);
    await service.admin('domain-rotate', { scope: { kind: 'region', region: 'eu-west-2' } });
    const refusal = await refusalOf(kms.send(new DecryptCommand({ CiphertextBlob: sealed?.blob })));
    expect(refusal.name).toBe('AccessDeniedException');
    const { destroyed } = await service.admin('destruction-status');
    expect(destroyed).toMatchObject([{ scope: 'eu-west-2', materials: 2, isDomainKeyRetired: true }]);
  });

  it('lets a listing go on that began before it', async () => {
    const service = await started();
    const kms = service.client();
    await makeCiphertexts(kms, 3);
    const first = await kms.send(new ListKeysCommand({ Limit: 1 }));
    await service.admin('domain-rotate', { scope: { kind: 'all' } });
    const rest = await kms.send(new ListKeysCommand({ Marker: first.NextMarker }));
    expect(rest.Keys).toHaveLength(2);
  });

  it('is refused for a Region that is not in use, and names those that are', async () => {
    const service = await started();
    await makeCiphertexts(service.client(), 1);
    await expect(
      service.admin('domain-rotate', { scope: { kind: 'region', region: 'us-east-1' } }),
    ).rejects.toMatchObject({
      message: 'No domain key was made for the Region us-east-1: nothing is stored there.',
      nextStep: 'Regions in use: eu-west-2.',
    });
  });

  it('does not retire a key on which a row that was changed from outside may rest', async () => {
    const service = await started();
    const kms = service.client();
    const sealed = await makeCiphertexts(kms, 2);
    const db = new DatabaseSync(join(service.dataDir, 'keyhaven.db'));
    db.prepare("UPDATE kms_key SET description = 'changed' WHERE key_id = ?").run(sealed[0]?.keyId ?? '');
    db.close();
    await expect(
      service.admin('domain-rotate', { scope: { kind: 'region', region: 'eu-west-2' } }),
    ).rejects.toThrow('fail their integrity check');
    expect(domainKeys(service).map(({ status }) => status)).toContain('retiring');
  });
});

describe('A rotation of the root key', () => {
  it('replaces it in the seal header and in every domain key, and every ciphertext opens after a restart', async () => {
    const service = await started();
    const kms = service.client();
    const sealed = await makeCiphertexts(kms, 3);
    const { rootKeys: before } = await service.admin('status');

    await service.admin('root-rotate');

    const { rootKeys: after } = await service.admin('status');
    expect(after).toMatchObject([{ status: 'current' }]);
    expect(after).not.toEqual(before);
    await expectAllOpen(kms, sealed);
    const again = await service.restart();
    onTestFinished(() => again.close());
    await expectAllOpen(again.client(), sealed);
  });
});

describe('Sealing', () => {
  it('answers every request with 503 until the service is unsealed, and then serves as before', async () => {
    const service = await started();
    const kms = service.client();
    const sealed = await makeCiphertexts(kms, 2);
    await service.admin('seal');
    const refusal = await refusalOf(kms.send(new ListKeysCommand({})));
    expect(refusal.name).toBe('ServiceUnavailableException');
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect((await fetch(`${service.url}/ready`)).status).toBe(503);
    await service.admin('unseal');
    expect((await fetch(`${service.url}/ready`)).status).toBe(200);
    await expectAllOpen(kms, sealed);
    const names = service.journal().map(({ eventName }) => eventName);
    expect(names).toEqual(expect.arrayContaining(['Seal', 'Unseal']));
  });

  it('refuses every other act while the service is sealed', async () => {
    const service = await started();
    await service.admin('seal');
    for (const act of ['account-list', 'domain-rotate', 'root-rotate', 'jobs']) {
      await expect(
        service.admin(act, act === 'domain-rotate' ? { scope: { kind: 'all' } } : {}),
      ).rejects.toThrow('The service is sealed.');
    }
  });
});
