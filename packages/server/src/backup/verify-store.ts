import { Secret, UnwrapError } from '@keyhaven/crypto';
import { Accounts } from '../accounts/accounts.ts';
import type { Clock } from '../clock.ts';
import { Keyring, type KeyStatus, rootScope } from '../domain-keys/keyring.ts';
import { openReadOnly } from '../installation/open-read-only.ts';
import type { Unsealed } from '../installation/open-installation.ts';
import type { ExaminedStore } from '../integrity/examined-store.ts';
import { secretOpeners } from '../integrity/secret-openers.ts';
import { verifyStore } from '../integrity/verify-store.ts';
import { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import { select } from '../storage/query.ts';
import { RowProtector } from '../storage/row-protection.ts';
import { ReadOnlyStorage } from '../storage/sqlite/read-only-storage.ts';
import { domainKeyTable } from '../storage/tables.ts';
import { BackupRefusal } from './backup-refusal.ts';
import type { VerifyDatabase } from './before-migration.ts';
import { renderManifestMac } from './manifest.ts';

/**
 * Verifies every row of a store and what holds between rows, and unwraps every key in it. Requests are served meanwhile.
 * `opening`: whose domain keys open what the rows hold, where that is not the keyring that has the root keys. Throws
 * BackupRefusal at the first thing that is not as it was written.
 */
export async function assertSound(
  store: Omit<ExaminedStore, 'openers'>,
  clock: Clock,
  opening: Keyring = store.keyring,
): Promise<void> {
  const { installationId, storage } = store;
  const keyStore = new SoftwareKeyStore(opening, installationId);
  const openers = secretOpeners(keyStore, new Accounts(storage, opening));
  for await (const { findings } of verifyStore({ ...store, openers }, clock)) {
    const damage = findings.find(({ severity }) => severity === 'damage');
    if (damage !== undefined) throw unsound(damage.text);
  }
}

function unsound(reason: string): BackupRefusal {
  return new BackupRefusal(
    `The database was changed from outside: ${reason}`,
    'Keep it for the inquiry, run keyhaven doctor, and go back to an older backup.',
  );
}

/** Verifies a copy of the store with the keys that are open here; the copy's own domain keys are opened for it. */
export function createScratchVerifier(
  keyring: Keyring,
  installationId: string,
  clock: Clock,
): VerifyDatabase {
  return async (database) => {
    const protector = new RowProtector();
    for (const { id, key } of keyring.allOf(rootScope)) protector.add(rootScope, id, key, false);
    await using opened = new AsyncDisposableStack();
    const storage = opened.adopt(new ReadOnlyStorage(database), (one) => one.close());
    const own = new Keyring({ installationId, protector, writer: undefined, clock });
    opened.defer(() => {
      own.dispose();
    });
    for (const { id, key_scope, wrapped, status } of storage.snapshot(select(domainKeyTable, {}))[0])
      own.add(key_scope, id, unwrapDomainKey(keyring, id, key_scope, wrapped), status as KeyStatus);
    await assertSound({ installationId, storage, protector, keyring }, clock, own);
  };
}

function unwrapDomainKey(keyring: Keyring, id: string, scope: string, wrapped: Uint8Array): Secret {
  try {
    return keyring.unwrap(rootScope, keyring.domainKeyBinding(id, scope), wrapped);
  } catch (error) {
    if (!(error instanceof UnwrapError)) throw error;
    throw unsound(`The domain key ${id} does not open under a root key of this installation.`);
  }
}

/** Verifies a copy of a store that is not open yet; the root keys stay their owner's. */
export function createDatabaseVerifier({ installationId, rootKeys }: Unsealed, clock: Clock): VerifyDatabase {
  return async (database) => {
    const copies = rootKeys.map(({ id, status, key }) => {
      const own = key.use((bytes) => Secret.take(Buffer.from(bytes)));
      return { id, status, key: own };
    });
    const { storage, protector, keyring } = await openReadOnly(
      { database },
      { installationId, rootKeys: copies },
      clock,
    );
    try {
      await assertSound({ installationId, storage, protector, keyring }, clock);
    } finally {
      await storage.close();
      keyring.dispose();
    }
  };
}

/** Makes the MAC of a manifest under a root key that the archived header holds, the current one if it does. */
export function createManifestAuthenticator(keyring: Keyring) {
  return (manifest: string, sealHeader: string): string => {
    // Ids are random: nothing else in a header looks like one.
    const rootKey = keyring.allOf(rootScope).find(({ id }) => sealHeader.includes(`"${id}"`));
    if (rootKey !== undefined) return renderManifestMac(manifest, rootKey);
    throw new BackupRefusal('The root key was replaced while the backup began.', 'Run it again.');
  };
}
