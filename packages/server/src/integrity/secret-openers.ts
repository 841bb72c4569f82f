import type { Secret } from '@keyhaven/crypto';
import type { MaterialKind } from '../keys/key-specs.ts';
import type { MaterialRow } from '../keys/kms-key.ts';
import type { Row } from '../storage/table.ts';
import type { accessKeyTable } from '../storage/tables.ts';
import type { SecretOpeners } from './examined-store.ts';

/** What an examination opens secrets with: what requests open them with. */
export function secretOpeners(
  keyStore: { unwrapMaterial(row: MaterialRow, kind: MaterialKind): Secret },
  accounts: { unwrapSecret(row: Row<typeof accessKeyTable>): Secret },
): SecretOpeners {
  return {
    material: (row, kind) => keyStore.unwrapMaterial(row, kind),
    accessKey: (row) => accounts.unwrapSecret(row),
  };
}
