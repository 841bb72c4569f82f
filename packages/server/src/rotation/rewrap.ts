import type { Accounts } from '../accounts/accounts.ts';
import { type BindingOf, type Keyring, regionScope, rootScope } from '../domain-keys/keyring.ts';
import type { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import { fingerprintBinding, importParametersBinding } from '../keys/import-bindings.ts';
import { materialKindOf } from '../keys/key-specs.ts';
import { BrokenKeyError } from '../keys/load-key.ts';
import type { Maybe } from '../maybe.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import type { Row, SqlValue, Table } from '../storage/table.ts';
import {
  accessKeyTable,
  domainKeyTable,
  importParametersTable,
  keyMaterialTable,
  kmsKeyTable,
  materialFingerprintTable,
} from '../storage/tables.ts';

type Values = Readonly<Record<string, SqlValue>>;
export type AnyRow = Row<Table> & Values;

/** The columns of a row whose secret is wrapped under the current key instead; none for a row without a secret. */
export type Rewrap = (table: Table, row: object) => Maybe<Values>;

interface Parts {
  readonly storage: IntegrityStorage;
  readonly keyring: Keyring;
  readonly keyStore: SoftwareKeyStore;
  readonly accounts: Accounts;
}

/** Knows every table with a wrapped secret; a table that declares one and is not known here is a fault. */
export function createRewrap({ storage, keyring, keyStore, accounts }: Parts): Rewrap {
  return (table, row) => {
    if (table.wrappedColumn === undefined) return {};
    switch (table.name) {
      case domainKeyTable.name:
        return rewrapDomainKey(keyring, row as Row<typeof domainKeyTable>);
      case keyMaterialTable.name:
        return rewrapMaterial(storage, keyStore, row as Row<typeof keyMaterialTable>);
      case materialFingerprintTable.name: {
        const own = row as Row<typeof materialFingerprintTable>;
        return rewrapInRegion(keyring, own, fingerprintBinding(keyring.installationId, own));
      }
      case importParametersTable.name: {
        const own = row as Row<typeof importParametersTable>;
        return rewrapInRegion(keyring, own, importParametersBinding(keyring.installationId, own));
      }
      case accessKeyTable.name:
        return { wrapped_secret: accounts.rewrap(row as Row<typeof accessKeyTable>) };
      default:
        throw new Error(`the secrets of the table ${table.name} cannot be rewrapped`);
    }
  };
}

function rewrapDomainKey(keyring: Keyring, row: Row<typeof domainKeyTable>): Values {
  const binding = keyring.domainKeyBinding(row.id, row.key_scope);
  using secret = keyring.unwrap(rootScope, binding, row.wrapped);
  return { wrapped: keyring.wrap(rootScope, binding, secret) };
}

function rewrapInRegion(
  keyring: Keyring,
  { region, wrapped }: { readonly region: string; readonly wrapped: Uint8Array },
  binding: BindingOf,
): Values {
  using secret = keyring.unwrap(regionScope(region), binding, wrapped);
  return { wrapped: keyring.wrap(regionScope(region), binding, secret) };
}

async function rewrapMaterial(
  storage: IntegrityStorage,
  keyStore: SoftwareKeyStore,
  row: Row<typeof keyMaterialTable>,
): Promise<Values> {
  // Imported key material that was deleted.
  if (row.wrapped.length === 0) return {};
  const { account_id, region, key_id } = row;
  // Which key spec the material is bound to stands in the key's row.
  const [[key]] = await storage.snapshot(select(kmsKeyTable, { account_id, region, key_id }));
  if (key === undefined) throw new BrokenKeyError(`key material ${row.material_id} belongs to no key`);
  const kind = materialKindOf(key);
  if (kind === undefined) throw new BrokenKeyError(`the key ${key_id} has no known key spec`);
  return { wrapped: keyStore.rewrap(row, kind) };
}
