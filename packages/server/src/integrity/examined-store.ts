import type { Secret } from '@keyhaven/crypto';
import type { Keyring } from '../domain-keys/keyring.ts';
import type { MaterialKind } from '../keys/key-specs.ts';
import type { MaterialRow } from '../keys/kms-key.ts';
import type { Storage } from '../storage/port.ts';
import type { RowProtector } from '../storage/row-protection.ts';
import type { Row } from '../storage/table.ts';
import type { accessKeyTable } from '../storage/tables.ts';

/** Opens what rows hold wrapped; each throws an UnwrapError where it was not wrapped for exactly this row. */
export interface SecretOpeners {
  material(row: MaterialRow, kind: MaterialKind): Secret;
  accessKey(row: Row<typeof accessKeyTable>): Secret;
}

/** A store that is examined: running, stopped, or a copy of one. */
export interface ExaminedStore {
  readonly installationId: string;
  /** The rows as they are stored. Not an `IntegrityStorage`: that one stops at the first bad row. */
  readonly storage: Storage;
  readonly protector: Pick<RowProtector, 'isSound'>;
  readonly keyring: Keyring;
  readonly openers: SecretOpeners;
}
