import { encodeFields } from '@keyhaven/crypto';
import type { BindingOf } from '../domain-keys/keyring.ts';
import type { NewRow } from '../storage/table.ts';
import type { importParametersTable, materialFingerprintTable } from '../storage/tables.ts';

// What the secrets of an import are bound to: they open for exactly their row, and nowhere else.

export type FingerprintRow = NewRow<typeof materialFingerprintTable>;
type ParametersRow = Omit<NewRow<typeof importParametersTable>, 'wrapped'>;

export function fingerprintBinding(installationId: string, row: Omit<FingerprintRow, 'wrapped'>): BindingOf {
  const { account_id, region, key_id, material_id } = row;
  return (wrappingKeyId) =>
    encodeFields([
      'material fingerprint',
      1,
      installationId,
      wrappingKeyId,
      account_id,
      region,
      key_id,
      material_id,
    ]);
}

export function importParametersBinding(installationId: string, row: ParametersRow): BindingOf {
  const { account_id, region, key_id, id, wrapping_algorithm, wrapping_key_spec, expires_at } = row;
  return (wrappingKeyId) =>
    encodeFields([
      'import parameters',
      1,
      installationId,
      wrappingKeyId,
      account_id,
      region,
      key_id,
      id,
      wrapping_algorithm,
      wrapping_key_spec,
      expires_at,
    ]);
}
