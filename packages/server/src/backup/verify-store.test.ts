import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Accounts } from '../accounts/accounts.ts';
import { SystemClock } from '../clock.ts';
import { identityScope, Keyring, regionScope, rootScope } from '../domain-keys/keyring.ts';
import { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import { findKeySpec } from '../keys/key-specs.ts';
import { newKeyChanges } from '../keys/new-key.ts';
import { unbound } from '../keys/policy-bindings.ts';
import { IntegrityStorage } from '../storage/integrity-storage.ts';
import { RowProtector } from '../storage/row-protection.ts';
import { prepareDatabase } from '../storage/sqlite/open.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { takeSnapshot } from '../storage/sqlite/snapshot.ts';
import { SqliteStorage } from '../storage/sqlite/sqlite-storage.ts';
import { installationTable } from '../storage/tables.ts';
import { type Change, insert, type UnitOfWork } from '../storage/unit-of-work.ts';
import { isManifestGenuine } from './manifest.ts';
import {
  assertSound,
  createDatabaseVerifier,
  createManifestAuthenticator,
  createScratchVerifier,
} from './verify-store.ts';

const installationId = '766b3f36-bc2f-458c-bf36-1798cfe2a54e';
const clock = new SystemClock();
const region = 'eu-west-2';
const address = { accountId: '000000000000', region, keyId: 'a-key' };

/** A store with real keys: an access key and one KMS key, whose wrapped material can be replaced. */
async function openedStore({ wrapped }: { readonly wrapped?: Buffer } = {}) {
  const database = join(temporaryFolder(), 'keyhaven.db');
  prepareDatabase(database, true);
  const sqlite = await SqliteStorage.open(database, () => undefined);
  onTestFinished(() => sqlite.close());
  const protector = new RowProtector();
  const storage = new IntegrityStorage(sqlite, protector);
  const keyring = new Keyring({ installationId, protector, writer: sqlite, clock });
  const rootKey = Buffer.alloc(32, 9);
  keyring.add(rootScope, 'a'.repeat(32), Secret.take(Buffer.from(rootKey)), 'current');
  const commitTo = async (head: UnitOfWork['head'], changes: readonly Change[]) => {
    const result = await storage.commit({ head, expect: [], changes, audit: undefined });
    expect(result.kind).toBe('committed');
  };
  const commit = (...changes: readonly Change[]) => commitTo(undefined, changes);
  await commit(
    insert(installationTable, {
      singleton: 'installation',
      installation_id: installationId,
      created_at: 0,
      clock_offset_ms: 0,
      made_for: null,
    }),
  );
  await keyring.ensure(storage, identityScope);
  await keyring.ensure(storage, regionScope(region));
  const accounts = new Accounts(storage, keyring);
  await commit(
    accounts.accountChange('000000000000', 0),
    accounts.rootAccessKeyChange('000000000000', 'AKIA', 'secret', 0),
  );
  const spec = findKeySpec('SYMMETRIC_DEFAULT');
  if (spec === undefined) throw new Error('SYMMETRIC_DEFAULT is a key spec');
  const material = await new SoftwareKeyStore(keyring, installationId).generate(address, spec);
  const { changes } = newKeyChanges({
    address,
    spec,
    usage: 'ENCRYPT_DECRYPT',
    manager: 'CUSTOMER',
    description: '',
    policy: unbound(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}',
    ),
    materials: [{ ...material, wrapped: wrapped ?? material.wrapped }],
    tags: new Map(),
    aliases: [],
    now: 0,
  });
  await commitTo({ accountId: address.accountId, region }, changes);
  const copy = join(temporaryFolder(), 'copy.db');
  takeSnapshot(database, copy);
  const rootKeys = [
    { id: 'a'.repeat(32), status: 'current' as const, key: Secret.take(Buffer.from(rootKey)) },
  ];
  return { installationId, storage: sqlite, protector, keyring, copy, commit, rootKeys };
}

describe('The verification of a store', () => {
  it('accepts one whose rows are all as they were written and whose keys all open, and a copy of it', async () => {
    const store = await openedStore();
    await assertSound(store, clock);
    await createScratchVerifier(store.keyring, installationId, clock)(store.copy);
    await createDatabaseVerifier(store, clock)(store.copy);
    // The root keys are still their owner's.
    expect(store.rootKeys[0]?.key.use((bytes) => bytes.length)).toBe(32);
  });

  it('accepts a copy under domain keys that have been retired since: the root key opens them', async () => {
    const { copy, rootKeys } = await openedStore();
    const protector = new RowProtector();
    const keyring = new Keyring({ installationId, protector, writer: undefined, clock });
    for (const { id, key } of rootKeys) keyring.add(rootScope, id, key, 'current');
    await createScratchVerifier(keyring, installationId, clock)(copy);
  });

  it('refuses one with key material that does not open, although its row is as it was written', async () => {
    const store = await openedStore({ wrapped: Buffer.alloc(94, 1) });
    await expect(assertSound(store, clock)).rejects.toThrow('does not open');
    await expect(createScratchVerifier(store.keyring, installationId, clock)(store.copy)).rejects.toThrow(
      'does not open',
    );
  });

  it('refuses one with a secret access key that does not open', async () => {
    const store = await openedStore();
    const [other] = [await openedStore()];
    // Wrapped under the keys of another installation, and written under ours.
    const foreign = new Accounts(other.storage, other.keyring).rootAccessKeyChange(
      '111111111111',
      'AKIB',
      's',
      0,
    );
    await store.commit(new Accounts(store.storage, store.keyring).accountChange('111111111111', 0), foreign);
    await expect(assertSound(store, clock)).rejects.toThrow('does not open');
  });

  it("refuses a copy that is another installation's, or that other root keys open", async () => {
    const [store, other] = [await openedStore(), await openedStore()];
    const otherId = '00000000-0000-4000-8000-000000000000';
    await expect(createScratchVerifier(store.keyring, otherId, clock)(store.copy)).rejects.toThrow(
      'changed from outside',
    );
    store.keyring.add(rootScope, 'a'.repeat(32), Secret.random(32), 'current');
    await expect(createScratchVerifier(store.keyring, installationId, clock)(other.copy)).rejects.toThrow(
      'does not open under a root key of this installation',
    );
    const rootKeys = [{ id: 'a'.repeat(32), status: 'current' as const, key: Secret.random(32) }];
    await expect(createDatabaseVerifier({ installationId, rootKeys }, clock)(store.copy)).rejects.toThrow(
      'changed from outside',
    );
  });
});

describe('The authentication of a manifest', () => {
  const genuine = (keyring: Keyring, mac: string) => isManifestGenuine('{}', mac, keyring.allOf(rootScope));
  const header = (...ids: readonly string[]) => JSON.stringify({ rootKeys: ids.map((id) => ({ id })) });

  it('is under the current root key, or under the one before where the header has that alone', async () => {
    const { keyring } = await openedStore();
    const authenticate = createManifestAuthenticator(keyring);
    keyring.add(rootScope, 'b'.repeat(32), Secret.random(32), 'current');
    for (const [ids, expected] of [
      [['a', 'b'], 'b'],
      [['a'], 'a'],
    ] as const) {
      const mac = authenticate('{}', header(...ids.map((id) => id.repeat(32))));
      expect(mac).toContain(expected.repeat(32));
      expect(genuine(keyring, mac)).toBe(true);
    }
  });

  it('is refused where the header has none of the root keys', async () => {
    const { keyring } = await openedStore();
    const authenticate = createManifestAuthenticator(keyring);
    expect(() => authenticate('{}', header('c'.repeat(32)))).toThrow('root key was replaced');
  });
});
