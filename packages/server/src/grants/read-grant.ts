import type { Grant } from '@keyhaven/policy';
import { parseConstraints } from './grant-constraints.ts';
import { parseOperations } from './grant-operations.ts';
import type { GrantRow, StoredGrant } from './port.ts';

/** A row as it is decided on. `grantee`: how the grant names the caller that it was found for. */
export function readGrant(row: GrantRow, grantee: Grant['grantee']): StoredGrant {
  return {
    row,
    grant: {
      grantId: row.grant_id,
      operations: new Set(parseOperations(row.operations)),
      constraints: parseConstraints(row.constraints),
      grantee,
    },
  };
}
