import { compilePolicy, parseStoredPolicyDocument, PolicySyntaxError } from '@keyhaven/policy';
import { sha256Hex } from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import { type BindingOf, regionScope } from '../domain-keys/keyring.ts';
import { fingerprintBinding, importParametersBinding } from '../keys/import-bindings.ts';
import { findKeySpec, materialKindOf } from '../keys/key-specs.ts';
import { select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
import {
  aliasTable,
  headTable,
  importParametersTable,
  keyLastUsageTable,
  keyMaterialTable,
  keyPolicyTable,
  kmsKeyTable,
  materialFingerprintTable,
  tagTable,
  tombstoneTable,
} from '../storage/tables.ts';
import { relatedFlaws, relatedQueries } from './related-keys-check.ts';
import { type Flaw, opens, type RowCheck } from './row-check.ts';

interface InRegion {
  readonly account_id: string;
  readonly region: string;
}

export const keyQuery = ({ account_id, region }: InRegion, key_id: string) =>
  select(kmsKeyTable, { account_id, region, key_id });

const headQuery = ({ account_id, region }: InRegion) => select(headTable, { account_id, region });

/** Every commit in a Region raises its head, so there are no rows without one. */
function headFlaw({ account_id, region }: InRegion, heads: readonly object[]): readonly Flaw[] {
  if (heads.length > 0) return [];
  const key = `${account_id} / ${region}`;
  const text = `There are rows of account ${account_id} in ${region}, but no head that counts its changes.`;
  return [{ check: 'head-missing', text, about: { table: headTable, key } }];
}

const kmsKeyCheck: RowCheck<typeof kmsKeyTable> = {
  table: kmsKeyTable,
  related(row) {
    const { account_id, region, key_id } = row;
    const key = { account_id, region, key_id };
    return [
      select(keyPolicyTable, key),
      select(keyMaterialTable, { ...key, material_id: row.current_material_id }),
      headQuery(row),
      ...relatedQueries(row),
    ];
  },
  judge(row, [policies = [], materials = [], heads = [], ...related], store) {
    const flaws: Flaw[] = [...headFlaw(row, heads)];
    const add = (check: string, text: string) => flaws.push({ check, text: `The key ${row.key_id} ${text}` });
    if (policies.length === 0) add('key-without-policy', 'has no policy.');
    if (materials.length === 0 && row.current_material_id !== '')
      add('key-without-material', 'lacks its current key material.');
    if (findKeySpec(row.key_spec) === undefined)
      add('key-spec', `has the key spec ${row.key_spec}, which this version does not know.`);
    return [...flaws, ...relatedFlaws(row, related, store)];
  },
};

/** The flaw of a row that belongs to a key that is not there. */
export function orphan(keyId: string, what: string): Flaw {
  return { check: 'row-without-key', text: `There is ${what} of the key ${keyId}, but no such key.` };
}

/** Most keys share a few policies: each text is parsed once while it is remembered. Texts that parse only. */
const parsedPolicies = new LRUCache<string, true>({ max: 256 });

const keyPolicyCheck: RowCheck<typeof keyPolicyTable> = {
  table: keyPolicyTable,
  related: (row) => [keyQuery(row, row.key_id)],
  judge(row, [keys = []]) {
    const flaws = keys.length === 0 ? [orphan(row.key_id, 'a policy')] : [];
    const hash = sha256Hex(row.document);
    if (parsedPolicies.has(hash)) return flaws;
    try {
      compilePolicy(parseStoredPolicyDocument(row.document));
      parsedPolicies.set(hash, true);
    } catch (error) {
      if (!(error instanceof PolicySyntaxError)) throw error;
      const text = `The policy of the key ${row.key_id} is not valid: ${error.message}`;
      flaws.push({ check: 'key-policy', text });
    }
    return flaws;
  },
};

const keyMaterialCheck: RowCheck<typeof keyMaterialTable> = {
  table: keyMaterialTable,
  related: (row) => [keyQuery(row, row.key_id)],
  judge(row, [keys = []], { protector, openers }) {
    const [key] = keys;
    if (key === undefined) return [orphan(row.key_id, 'key material')];
    // What it is bound to is told by the key's row. That one is a finding of its own where it is not right.
    const kind = materialKindOf({ key_spec: String(key['key_spec']), origin: String(key['origin']) });
    if (kind === undefined || !protector.isSound(kmsKeyTable, key)) return [];
    // Imported key material that was deleted leaves its row.
    if (row.wrapped.length === 0 && kind.origin === 'EXTERNAL') return [];
    const { material } = kind.spec;
    if (opens(() => openers.material(row, kind), material.kind === 'bytes' ? material.bytes : undefined))
      return [];
    const text = `The key material ${row.material_id} does not open: it was not wrapped for the key ${row.key_id}, or not under a key of this installation.`;
    return [{ check: 'wrapped-secret', text }];
  },
};

const aliasCheck: RowCheck<typeof aliasTable> = {
  table: aliasTable,
  related: (row) => [keyQuery(row, row.target_key_id)],
  judge(row, [keys = []]) {
    if (keys.length > 0) return [];
    const text = `The alias ${row.alias_name} refers to the key ${row.target_key_id}, which is not in its account and Region.`;
    return [{ check: 'alias-target', text }];
  },
};

const tagCheck: RowCheck<typeof tagTable> = {
  table: tagTable,
  related: (row) => [keyQuery(row, row.key_id)],
  judge: (row, [keys = []]) => (keys.length === 0 ? [orphan(row.key_id, 'a tag')] : []),
};

const lastUsageCheck: RowCheck<typeof keyLastUsageTable> = {
  table: keyLastUsageTable,
  related: (row) => [keyQuery(row, row.key_id)],
  judge: (row, [keys = []]) => (keys.length === 0 ? [orphan(row.key_id, 'a last usage')] : []),
};

/** A secret of an import: it belongs to a key, and opens for exactly its row. */
function importSecretCheck<T extends typeof materialFingerprintTable | typeof importParametersTable>(
  table: T,
  what: string,
  bindingOf: (installationId: string, row: Row<T>) => BindingOf,
): RowCheck<T> {
  return {
    table,
    related: (row) => [keyQuery(row, row.key_id)],
    judge(row, [keys = []], { keyring, installationId }) {
      const flaws = keys.length === 0 ? [orphan(row.key_id, what)] : [];
      const { region, wrapped, key_id } = row;
      if (opens(() => keyring.unwrap(regionScope(region), bindingOf(installationId, row), wrapped)))
        return flaws;
      const text = `There is ${what} of the key ${key_id} that does not open: it was not wrapped for this row, or not under a key of this installation.`;
      return [...flaws, { check: 'wrapped-secret', text }];
    },
  };
}

const tombstoneCheck: RowCheck<typeof tombstoneTable> = {
  table: tombstoneTable,
  related(row) {
    const { account_id, region, id } = row;
    return [
      headQuery(row),
      row.kind === 'key'
        ? keyQuery(row, id)
        : select(keyMaterialTable, { region, material_id: id, account_id }),
    ];
  },
  judge(row, [heads = [], alive = []]) {
    const flaws = [...headFlaw(row, heads)];
    if (alive.length > 0) {
      const what = row.kind === 'key' ? 'key' : 'key material';
      const text = `The ${what} ${row.id} was destroyed, but it is there: old rows were put back.`;
      flaws.push({ check: 'destroyed-but-there', text });
    }
    return flaws;
  },
};

/** The checks of what belongs to KMS keys. */
export const keyChecks: readonly RowCheck[] = [
  kmsKeyCheck,
  keyPolicyCheck,
  keyMaterialCheck,
  importSecretCheck(materialFingerprintTable, 'a fingerprint of key material', fingerprintBinding),
  importSecretCheck(importParametersTable, 'a wrapping key', importParametersBinding),
  lastUsageCheck,
  aliasCheck,
  tagCheck,
  tombstoneCheck,
];
