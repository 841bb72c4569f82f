import type { KeyManager, KeyMetadata, KeyState, KeyUsage, Origin } from '@keyhaven/api-model';
import type { NewRow } from '../storage/table.ts';
import type { kmsKeyTable } from '../storage/tables.ts';
import { keyArn } from './key-arn.ts';
import type { KeySpecRow } from './key-specs.ts';

/** The key's `KeyMetadata` ("KeyMetadata", KMS API Reference). */
export function describeKey(row: NewRow<typeof kmsKeyTable>, spec: KeySpecRow): KeyMetadata {
  return {
    AWSAccountId: row.account_id,
    KeyId: row.key_id,
    Arn: keyArn(row.account_id, row.region, row.key_id),
    CreationDate: row.created_at,
    Enabled: row.state === 'Enabled',
    Description: row.description,
    KeyUsage: row.key_usage as KeyUsage,
    KeyState: row.state as KeyState,
    DeletionDate: row.state === 'PendingDeletion' ? (row.deletion_at ?? undefined) : undefined,
    Origin: row.origin as Origin,
    KeyManager: row.key_manager as KeyManager,
    CustomerMasterKeySpec: spec.olderName,
    KeySpec: spec.name,
    EncryptionAlgorithms: spec.encryptionAlgorithms,
    MultiRegion: row.multi_region === 1,
    CurrentKeyMaterialId: row.current_material_id,
  };
}
