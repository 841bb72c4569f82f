import { type InputOf, newGrant, validateInput } from '@keyhaven/api-model';
import { z } from 'zod';
import { readConstraints } from '../grants/grant-constraints.ts';
import { assertGrantable } from '../grants/grant-operations.ts';
import { assertGrantMembers, newGrantRow } from '../grants/new-grant.ts';
import type { FoundPrincipal, Identities } from '../identities/port.ts';
import type { KeySpecRow } from '../keys/key-specs.ts';
import type { KeyAddress } from '../keys/kms-key.ts';
import type { NewRow } from '../storage/table.ts';
import type { grantTable } from '../storage/tables.ts';
import type { SeedDocument, SeedPath } from './seed-document.ts';
import { seedGrantId } from './seed-identifiers.ts';
import { listOf, missingOr, text } from './seed-values.ts';

const fields = missingOr('must have fields');
const pairs = z.record(text(), text(), { error: 'must be a mapping of context keys to values' });

/** A grant in a seed file: CreateGrant's members, whose own rules are checked when all principals are known. */
export const grantFields = z.strictObject(
  {
    name: text().optional(),
    granteePrincipal: text().optional(),
    granteeServicePrincipal: text().optional(),
    retiringPrincipal: text().optional(),
    retiringServicePrincipal: text().optional(),
    operations: listOf(text()),
    constraints: z
      .strictObject(
        {
          encryptionContextEquals: pairs.optional(),
          encryptionContextSubset: pairs.optional(),
          sourceArn: text().optional(),
        },
        { error: fields },
      )
      .optional(),
  },
  { error: fields },
);

/** As it stands in the file: any text may be among it that CreateGrant refuses. */
export interface SeedGrant {
  readonly given: z.infer<typeof grantFields>;
  readonly line: number;
}

export function readSeedGrants(
  document: SeedDocument,
  given: readonly z.infer<typeof grantFields>[],
  at: SeedPath,
): readonly SeedGrant[] {
  return given.map((one, index) => ({ given: one, line: document.lineOf([...at, index]) }));
}

/** The row of a grant of a key, by its position among the key's grants. Throws the AwsError that CreateGrant would answer. */
export async function seedGrantRow(
  grant: SeedGrant,
  { accountId, region, keyId, spec }: KeyAddress & { readonly spec: KeySpecRow },
  position: number,
  identities: Pick<Identities, 'find'>,
  now: number,
): Promise<NewRow<typeof grantTable>> {
  const input = inputOf(grant, keyId);
  assertGrantMembers(input);
  assertGrantable(input.Operations, { row: { key_usage: 'ENCRYPT_DECRYPT' }, spec });
  const find = async (arn: string | undefined): Promise<FoundPrincipal | undefined> =>
    arn === undefined ? undefined : identities.find(arn);
  const parts = {
    key: { row: { account_id: accountId, region, key_id: keyId } },
    constraints: readConstraints(input.Constraints),
    grantee: await find(input.GranteePrincipal),
    retiring: await find(input.RetiringPrincipal),
  };
  const grant_id = seedGrantId({ accountId, region, keyId }, position);
  return newGrantRow(input, parts, { grant_id, issuing_account: accountId, created_at: now });
}

function inputOf({ given }: SeedGrant, KeyId: string): InputOf<typeof newGrant> {
  const { constraints } = given;
  const input = {
    KeyId,
    Name: given.name,
    GranteePrincipal: given.granteePrincipal,
    GranteeServicePrincipal: given.granteeServicePrincipal,
    RetiringPrincipal: given.retiringPrincipal,
    RetiringServicePrincipal: given.retiringServicePrincipal,
    Operations: given.operations,
    Constraints:
      constraints === undefined
        ? undefined
        : {
            EncryptionContextEquals: mapOf(constraints.encryptionContextEquals),
            EncryptionContextSubset: mapOf(constraints.encryptionContextSubset),
            SourceArn: constraints.sourceArn,
          },
  };
  validateInput(newGrant, input);
  return input;
}

function mapOf(given: Readonly<Record<string, string>> | undefined): ReadonlyMap<string, string> | undefined {
  return given === undefined ? undefined : new Map(Object.entries(given));
}
