import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deriveKey, unwrap } from './independent-cryptography.ts';
import type { Wanted } from './process-memory.ts';

interface SealHeader {
  readonly installationId: string;
  readonly seal: Readonly<Record<string, string | number>>;
  readonly rootKeys: readonly { readonly id: string; readonly status: string; readonly wrapped: string }[];
}

/** Labels of the subkeys that a root or domain key is used through. */
const purposes = ['wrap', 'marker', 'grant-token', 'row-integrity', 'seal-header'] as const;

/** The parts of the root and domain keys, by what they are the parts of: `root`, `identity`, `region/eu-west-2`. */
export interface OpenHierarchy {
  readonly root: readonly Wanted[];
  readonly byScope: ReadonlyMap<string, readonly Wanted[]>;
}

export function readSealHeader(dataDir: string): SealHeader {
  return JSON.parse(readFileSync(join(dataDir, 'seal.json'), 'utf8')) as SealHeader;
}

/** Opens every key of a data folder from the sealing key down, as someone could who has the folder and the seal. */
export function openHierarchy(dataDir: string, sealingKey: Buffer): OpenHierarchy {
  const { installationId, seal, rootKeys } = readSealHeader(dataDir);
  const [root] = rootKeys;
  if (root === undefined) throw new Error('the seal header holds no root key');
  const sealText = JSON.stringify(seal, Object.keys(seal).sort());
  const rootBinding = ['root key', 2, installationId, root.id, sealText];
  const rootKey = unwrap(sealingKey, rootBinding, Buffer.from(root.wrapped, 'base64'));
  const rootWrap = deriveKey(rootKey, 'keyhaven/subkey/wrap/1');
  const byScope = new Map<string, readonly Wanted[]>();
  for (const { id, key_scope: scope, wrapped } of domainKeyRows(dataDir)) {
    const binding = ['domain key', 1, installationId, root.id, id, scope];
    byScope.set(scope, partsOf(scope, unwrap(rootWrap, binding, wrapped.subarray(namedBytes))));
  }
  return { root: partsOf('root', rootKey), byScope };
}

/** A wrap says which key wraps it: a byte for the format, and 16 bytes of the key's id. */
export const namedBytes = 17;

interface DomainKeyRow {
  readonly id: string;
  readonly key_scope: string;
  readonly wrapped: Buffer;
}

function domainKeyRows(dataDir: string): readonly DomainKeyRow[] {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true, timeout: 10_000 });
  const rows = db.prepare('SELECT id, key_scope, wrapped FROM domain_key').all();
  db.close();
  return rows.map(({ id, key_scope, wrapped }) => ({
    id: String(id),
    key_scope: String(key_scope),
    wrapped: Buffer.from(wrapped as Uint8Array),
  }));
}

function partsOf(name: string, key: Buffer): readonly Wanted[] {
  const subkeys = purposes.map((purpose) => ({
    name: `${purpose} subkey of ${name}`,
    bytes: deriveKey(key, `keyhaven/subkey/${purpose}/1`),
  }));
  return [{ name: `${name} key`, bytes: key }, ...subkeys];
}
