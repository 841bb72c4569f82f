import { formatConstraints, parseConstraints } from '../grants/grant-constraints.ts';
import { formatOperations, parseOperations } from '../grants/grant-operations.ts';
import type { GrantRow } from '../grants/port.ts';
import { grantTable } from '../storage/tables.ts';
import { keyQuery, orphan } from './key-checks.ts';
import type { RowCheck } from './row-check.ts';

/** Grants belong to a key, and say what they allow in the one spelling that they are written in. */
export const grantCheck: RowCheck<typeof grantTable> = {
  table: grantTable,
  related: (row) => [keyQuery(row, row.key_id)],
  judge(row, [keys = []]) {
    const flaws = keys.length === 0 ? [orphan(row.key_id, 'a grant')] : [];
    if (isReadable(row)) return flaws;
    const text = `The grant ${row.grant_id} of the key ${row.key_id} does not say what it allows.`;
    return [...flaws, { check: 'grant-content', text }];
  },
};

function isReadable({ operations, constraints, retiring, retiring_key }: GrantRow): boolean {
  if ((retiring === null) !== (retiring_key === null)) return false;
  try {
    const allowed = parseOperations(operations);
    if (allowed.length === 0 || formatOperations(allowed) !== operations) return false;
    return formatConstraints(parseConstraints(constraints)) === constraints;
  } catch {
    // Whatever is wrong with it: it is not what CreateGrant writes.
    return false;
  }
}
