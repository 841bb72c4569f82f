import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { unwrap } from './independent-cryptography.ts';
import { namedBytes, openHierarchy, readSealHeader } from './key-hierarchy.ts';
import type { Wanted } from './process-memory.ts';

/** The secret numbers and seeds of a private key as JSON Web Keys name them. */
const secretParts = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'priv'] as const;

/** Opens every private key of a data folder, as someone could who has the folder and the sealing key. */
export function openPrivateKeys(dataDir: string, sealingKey: Buffer): readonly Wanted[] {
  const { installationId } = readSealHeader(dataDir);
  const { byScope } = openHierarchy(dataDir, sealingKey);
  return materialRows(dataDir).flatMap((row) => {
    const scope = `region/${row.region}`;
    const wrapKey = byScope.get(scope)?.find(({ name }) => name === `wrap subkey of ${scope}`);
    if (wrapKey === undefined) throw new Error(`there is no domain key for ${scope}`);
    const place = [row.account_id, row.region, row.key_id, row.material_id];
    const binding = [
      'key material',
      1,
      installationId,
      row.domain_key_id,
      ...place,
      row.key_spec,
      row.origin,
    ];
    return partsOf(row.key_spec, unwrap(wrapKey.bytes, binding, row.wrapped.subarray(namedBytes)));
  });
}

/** Each secret of a private key (PKCS #8): as it is written, and as OpenSSL holds numbers, the last byte first. */
function partsOf(keySpec: string, pkcs8: Buffer): readonly Wanted[] {
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const jwk: Readonly<Record<string, unknown>> = { ...key.export({ format: 'jwk' }) };
  return secretParts.flatMap((part) => {
    const value = jwk[part];
    if (typeof value !== 'string') return [];
    const bytes = Buffer.from(value, 'base64url');
    return [
      { name: `${keySpec}: ${part}`, bytes },
      { name: `${keySpec}: ${part} as a number`, bytes: Buffer.from(bytes).reverse() },
    ];
  });
}

interface MaterialRow {
  readonly account_id: string;
  readonly region: string;
  readonly key_id: string;
  readonly material_id: string;
  readonly key_spec: string;
  readonly origin: string;
  readonly domain_key_id: string;
  readonly wrapped: Buffer;
}

/** The key material of pairs, with what its wrap is bound to. */
function materialRows(dataDir: string): readonly MaterialRow[] {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true, timeout: 10_000 });
  const rows = db
    .prepare(
      `SELECT account_id, region, key_id, material_id, key_spec, origin, wrapped,
         (SELECT id FROM domain_key WHERE key_scope = 'region/' || region) AS domain_key_id
       FROM key_material JOIN kms_key USING (account_id, region, key_id) WHERE public_key IS NOT NULL`,
    )
    .all();
  db.close();
  const text = (row: (typeof rows)[number], column: string) => String(row[column]);
  return rows.map((row) => ({
    account_id: text(row, 'account_id'),
    region: text(row, 'region'),
    key_id: text(row, 'key_id'),
    material_id: text(row, 'material_id'),
    key_spec: text(row, 'key_spec'),
    origin: text(row, 'origin'),
    domain_key_id: text(row, 'domain_key_id'),
    wrapped: Buffer.from(row['wrapped'] as Uint8Array),
  }));
}
