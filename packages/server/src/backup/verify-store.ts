import { Secret, UnwrapError } from '@keyhaven/crypto';
import { Accounts } from '../accounts/accounts.ts';
import type { Clock } from '../clock.ts';
import { Keyring, type KeyStatus, rootScope } from '../domain-keys/keyring.ts';
import type { Unsealed } from '../installation/open-installation.ts';
import { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { RowIntegrityError, RowProtector } from '../storage/row-protection.ts';
import { ReadOnlyStorage } from '../storage/sqlite/read-only-storage.ts';
import type { Row, SqlValue, Table } from '../storage/table.ts';
import {
  accessKeyTable,
  domainKeyTable,
  installationTable,
  keyMaterialTable,
  keyPolicyTable,
  kmsKeyTable,
  protectedTables,
} from '../storage/tables.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { type OpenRootKey, renderManifestMac } from './manifest.ts';

/** Few enough that a page costs the event loop a few milliseconds. */
const pageRows = 20;

interface OpenStore {
  readonly installationId: string;
  readonly storage: IntegrityStorage;
  readonly keyring: Keyring;
}

/**
 * Verifies every row of a store, and unwraps every key in it. Requests are served meanwhile, between two pages.
 * Throws BackupRefusal, which names the first row that is not as it was written.
 */
export async function verifyStore({ installationId, storage, keyring }: OpenStore): Promise<void> {
  const accounts = new Accounts(storage, keyring);
  const keyStore = new SoftwareKeyStore(keyring, installationId);
  try {
    for (const table of protectedTables) {
      await forEachRow(storage, table, async (row) => {
        if (table.name === accessKeyTable.name)
          accounts.unwrapSecret(row as Row<typeof accessKeyTable>).dispose();
        if (table.name === kmsKeyTable.name)
          await verifyKey(storage, keyStore, row as Row<typeof kmsKeyTable>);
      });
    }
  } catch (error) {
    if (!(error instanceof RowIntegrityError) && !(error instanceof UnwrapError)) throw error;
    throw unsound(error instanceof UnwrapError ? 'a wrapped secret does not open' : error.message);
  }
}

function unsound(reason: string): BackupRefusal {
  return new BackupRefusal(
    `The database was changed from outside: ${reason}.`,
    'Keep it for the inquiry, run keyhaven doctor, and go back to an older backup.',
  );
}

/** A key whose parts were removed one by one has no unsound row, and yet is none. */
async function verifyKey(
  storage: IntegrityStorage,
  keyStore: SoftwareKeyStore,
  key: Row<typeof kmsKeyTable>,
): Promise<void> {
  const own = { account_id: key.account_id, region: key.region, key_id: key.key_id };
  const [policies, materials] = await storage.snapshot(
    select(keyPolicyTable, own),
    select(keyMaterialTable, own),
  );
  if (
    policies.length === 0 ||
    !materials.some(({ material_id }) => material_id === key.current_material_id)
  ) {
    throw unsound(`the key ${key.key_id} lacks its policy or its current key material`);
  }
  for (const material of materials) keyStore.unwrapMaterial(material, key.key_spec).dispose();
}

async function forEachRow(
  storage: IntegrityStorage,
  table: Table,
  visit: (row: object) => Promise<void>,
): Promise<void> {
  const refuse = (error: RowIntegrityError) => {
    throw error;
  };
  let after: readonly SqlValue[] | undefined;
  do {
    const query = select(table, {}, { byKey: { after }, limit: pageRows });
    const page = await storage.soundPage(query, refuse);
    for (const row of page.rows) await visit(row);
    after = page.next;
    await new Promise((resolve) => setImmediate(resolve));
  } while (after !== undefined);
}

/** Verifies a copy of the store with the keys that are open here; the copy's own domain keys are opened for it. */
export function createScratchVerifier(keyring: Keyring, installationId: string, clock: Clock) {
  return async (database: string): Promise<void> => {
    const protector = new RowProtector();
    for (const { id, key } of keyring.allOf(rootScope)) protector.add(rootScope, id, key, false);
    await using storage = disposable(new IntegrityStorage(new ReadOnlyStorage(database), protector));
    const own = new Keyring({ installationId, protector, writer: undefined, clock });
    try {
      const [[installation], domainKeys] = await storage.value.snapshot(
        select(installationTable, { singleton: 'installation' }),
        select(domainKeyTable, {}),
      );
      if (installation?.installation_id !== installationId) throw unsound('its installation row is another');
      for (const { id, key_scope, wrapped, status } of domainKeys) {
        const secret = keyring.unwrap(rootScope, keyring.domainKeyBinding(id, key_scope), wrapped);
        own.add(key_scope, id, secret, status as KeyStatus);
      }
      await verifyStore({ installationId, storage: storage.value, keyring: own });
    } catch (error) {
      if (!(error instanceof RowIntegrityError) && !(error instanceof UnwrapError)) throw error;
      throw unsound(error.message);
    } finally {
      own.dispose();
    }
  };
}

/** Verifies a migrated copy of the store before anything of it is opened; the root keys stay their owner's. */
export function createDatabaseVerifier({ installationId, rootKeys }: Unsealed, clock: Clock) {
  return async (database: string): Promise<void> => {
    const protector = new RowProtector();
    await using storage = disposable(new IntegrityStorage(new ReadOnlyStorage(database), protector));
    const keyring = new Keyring({ installationId, protector, writer: undefined, clock });
    try {
      for (const { id, status, key } of rootKeys)
        keyring.add(
          rootScope,
          id,
          key.use((bytes) => Secret.take(Buffer.from(bytes))),
          status,
        );
      await keyring.load(storage.value);
      await verifyStore({ installationId, storage: storage.value, keyring });
    } catch (error) {
      if (!(error instanceof RowIntegrityError)) throw error;
      throw unsound(error.message);
    } finally {
      keyring.dispose();
    }
  };
}

function disposable(value: IntegrityStorage) {
  return { value, [Symbol.asyncDispose]: () => value.close() };
}

/** Makes the MAC of a manifest under a root key that the archived header holds, the current one if it does. */
export function createManifestAuthenticator(keyring: Keyring) {
  return (manifest: string, sealHeader: string): string => {
    const rootKey: OpenRootKey | undefined = keyring
      .allOf(rootScope)
      // Ids are random: nothing else in a header looks like one.
      .find(({ id }) => sealHeader.includes(`"${id}"`));
    if (rootKey !== undefined) return renderManifestMac(manifest, rootKey);
    throw new BackupRefusal('The root key was replaced while the backup began.', 'Run it again.');
  };
}
