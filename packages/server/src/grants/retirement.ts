import type { Grant } from '@keyhaven/policy';
import type { Principal } from '../authentication/principal.ts';
import type { Retirement } from '../authorization/permission.ts';
import { noConstraints, parseConstraints } from './grant-constraints.ts';
import { parseOperations } from './grant-operations.ts';
import { callerNames } from './grantee-keys.ts';
import type { GrantRow } from './port.ts';

/**
 * What may let the principal retire the grant: the grant, which its retiring principal retires, and its grantee where RetireGrant
 * is among the operations; or IAM policies of the account that issued it or owns the key ("Retiring and revoking grants", KMS
 * Developer Guide, which names the issuing account alone: that the owner of the key may as well is our choice).
 */
export function retirementOf(row: GrantRow, principal: Principal): Retirement {
  const { accountId } = principal;
  const mayByPolicy =
    principal.kind !== 'service' && [row.issuing_account, row.account_id].includes(accountId);
  return {
    grant: retiringGrant(row, principal),
    accountId: mayByPolicy ? accountId : undefined,
    constraints: parseConstraints(row.constraints),
  };
}

/** Its constraints do not bear on RetireGrant. */
function retiringGrant(row: GrantRow, principal: Principal): Grant | undefined {
  const granteeMay = parseOperations(row.operations).includes('RetireGrant');
  const name = callerNames(principal).find(
    ({ key }) => key === row.retiring_key || (granteeMay && key === row.grantee_key),
  );
  if (name === undefined) return undefined;
  const operations = new Set(['RetireGrant']);
  return { grantId: row.grant_id, operations, constraints: noConstraints, grantee: name.grantee };
}
