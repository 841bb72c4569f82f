import {
  exactlyOneOf,
  type GrantConstraintsInput,
  type GrantOperation,
  invalidPrincipalArn,
  noGrantOperations,
  notBoth,
  serviceGranteeNeeds,
} from '@keyhaven/api-model';
import type { GrantConstraints } from '@keyhaven/policy';
import type { FoundPrincipal } from '../identities/port.ts';
import type { KeyRow, KmsKey } from '../keys/kms-key.ts';
import type { NewRow } from '../storage/table.ts';
import type { grantTable } from '../storage/tables.ts';
import { formatConstraints, readConstraints } from './grant-constraints.ts';
import { formatOperations } from './grant-operations.ts';
import { granteeKeyOf } from './grantee-keys.ts';

/** The members of CreateGrant that say what the new grant is. */
export interface NewGrantInput {
  readonly GranteePrincipal?: string | undefined;
  readonly GranteeServicePrincipal?: string | undefined;
  readonly RetiringPrincipal?: string | undefined;
  readonly RetiringServicePrincipal?: string | undefined;
  readonly Operations: readonly GrantOperation[];
  readonly Constraints?: GrantConstraintsInput | undefined;
  readonly Name?: string | undefined;
}

/** Throws ValidationException for members that do not go together (CreateGrant, "Request Parameters", KMS API Reference). */
export function assertGrantMembers(input: NewGrantInput): void {
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal, RetiringServicePrincipal } = input;
  if ((GranteePrincipal === undefined) === (GranteeServicePrincipal === undefined))
    throw exactlyOneOf('GranteePrincipal', 'GranteeServicePrincipal');
  if (RetiringPrincipal !== undefined && RetiringServicePrincipal !== undefined)
    throw notBoth('RetiringPrincipal', 'RetiringServicePrincipal');
  const { sourceArn } = readConstraints(input.Constraints);
  if (GranteeServicePrincipal !== undefined) {
    if (sourceArn === undefined) throw serviceGranteeNeeds('a SourceArn grant constraint');
    if (RetiringPrincipal === undefined && RetiringServicePrincipal === undefined)
      throw serviceGranteeNeeds('either a RetiringPrincipal or a RetiringServicePrincipal');
  }
  if (input.Operations.length === 0) throw noGrantOperations();
}

/** Who a grant names: as it is shown while the principal exists, and as it is found. */
export interface NamedPrincipal {
  readonly name: string;
  readonly key: string;
}

/** A service is known by its name alone. */
export function namedService(service: string): NamedPrincipal {
  return { name: service, key: service };
}

/** Throws InvalidArnException where there is no such principal. A unique id or an account id is no ARN. */
export function namedPrincipal(arn: string, found: FoundPrincipal | undefined): NamedPrincipal {
  if (found?.arn !== arn) throw invalidPrincipalArn(arn);
  return { name: arn, key: granteeKeyOf(found) };
}

/** What the request named, as it was found; undefined where there is no such principal, or where the request names none. */
export interface NewGrantParts<Key = KmsKey> {
  readonly key: Key;
  readonly constraints: GrantConstraints;
  readonly grantee: FoundPrincipal | undefined;
  readonly retiring: FoundPrincipal | undefined;
}

/** The row of a new grant. Throws InvalidArnException where a principal that it is to name does not exist. */
export function newGrantRow(
  input: NewGrantInput,
  {
    key,
    constraints,
    ...found
  }: NewGrantParts<{
    readonly row: Pick<KeyRow, 'account_id' | 'region' | 'key_id'>;
  }>,
  made: Pick<NewRow<typeof grantTable>, 'grant_id' | 'issuing_account' | 'created_at'>,
): NewRow<typeof grantTable> {
  const { account_id, region, key_id } = key.row;
  const grantee = named(input.GranteePrincipal, found.grantee, input.GranteeServicePrincipal);
  const retiring = named(input.RetiringPrincipal, found.retiring, input.RetiringServicePrincipal);
  if (grantee === undefined) throw new Error('a grant has a grantee, or the request was refused');
  return {
    ...made,
    account_id,
    region,
    key_id,
    grant_name: input.Name ?? '',
    grantee: grantee.name,
    grantee_key: grantee.key,
    retiring: retiring?.name ?? null,
    retiring_key: retiring?.key ?? null,
    operations: formatOperations(input.Operations),
    constraints: formatConstraints(constraints),
    ended_at: null,
  };
}

function named(
  arn: string | undefined,
  found: FoundPrincipal | undefined,
  service: string | undefined,
): NamedPrincipal | undefined {
  if (arn !== undefined) return namedPrincipal(arn, found);
  return service === undefined ? undefined : namedService(service);
}
