import type { GrantConstraintsInput, GrantListEntry } from '@keyhaven/api-model';
import { rootPrincipal } from '../authentication/principal.ts';
import type { Identities } from '../identities/port.ts';
import { keyArn } from '../keys/key-arn.ts';
import { parseConstraints } from './grant-constraints.ts';
import { parseOperations } from './grant-operations.ts';
import type { GrantRow } from './port.ts';

/**
 * Grants as lists show them. A principal that was deleted is shown by its unique id, since its ARN may be somebody else's now
 * ("IAM identifiers", IAM User Guide).
 */
export async function grantEntries(
  rows: readonly GrantRow[],
  identities: Identities,
): Promise<readonly GrantListEntry[]> {
  const shown = new Map<string, string>();
  for (const { grantee, grantee_key, retiring, retiring_key } of rows) {
    if (!shown.has(grantee_key)) shown.set(grantee_key, await nameOf(grantee, grantee_key, identities));
    if (retiring !== null && retiring_key !== null && !shown.has(retiring_key))
      shown.set(retiring_key, await nameOf(retiring, retiring_key, identities));
  }
  return rows.map((row) => grantEntry(row, shown));
}

/** Who is found by unique id exists as long as the id is found; of a session that is its role's. */
async function nameOf(name: string, key: string, identities: Identities): Promise<string> {
  if (name === key) return name;
  const [uniqueId = ''] = key.split(':');
  return (await identities.find(uniqueId)) === undefined ? key : name;
}

function grantEntry(row: GrantRow, shown: ReadonlyMap<string, string>): GrantListEntry {
  const grantee = shown.get(row.grantee_key);
  const retiring = row.retiring_key === null ? undefined : shown.get(row.retiring_key);
  const isRetiringService = row.retiring !== null && isService(row.retiring);
  return {
    KeyId: keyArn(row.account_id, row.region, row.key_id),
    GrantId: row.grant_id,
    Name: row.grant_name,
    CreationDate: row.created_at,
    // "If the grantee principal is an AWS service, the GranteePrincipal field contains an AWS service principal."
    GranteePrincipal: grantee,
    GranteeServicePrincipal: isService(row.grantee) ? grantee : undefined,
    RetiringPrincipal: isRetiringService ? undefined : retiring,
    RetiringServicePrincipal: isRetiringService ? retiring : undefined,
    IssuingAccount: rootPrincipal(row.issuing_account).arn,
    Operations: parseOperations(row.operations),
    Constraints: constraintsOf(row),
  };
}

function isService(name: string): boolean {
  return !name.startsWith('arn:');
}

function constraintsOf({ constraints }: GrantRow): GrantConstraintsInput | undefined {
  if (constraints === null) return undefined;
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = parseConstraints(constraints);
  return {
    EncryptionContextEquals: encryptionContextEquals,
    EncryptionContextSubset: encryptionContextSubset,
    SourceArn: sourceArn,
  };
}
