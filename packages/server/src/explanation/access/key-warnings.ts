import { parseStoredPolicyDocument, type Statement } from '@keyhaven/policy';
import { renderKeyPolicy } from '../../authorization/render-key-policy.ts';
import type { Identities } from '../../identities/port.ts';
import type { StoredPolicy } from '../../keys/policy-interner.ts';

/** What of a key policy is wider than it looks, or is about nobody. */
export interface KeyWarning {
  readonly kind: 'everyone' | 'everyone but' | 'missing principal';
  readonly sid?: string;
  /** From 0. */
  readonly index: number;
  /** A sentence. */
  readonly text: string;
}

/** Reads the policy as GetKeyPolicy shows it: who was deleted stands there by its unique id. */
export async function keyWarnings(
  { policyRow }: { readonly policyRow: StoredPolicy },
  identities: Pick<Identities, 'find'>,
): Promise<readonly KeyWarning[]> {
  const { statements } = parseStoredPolicyDocument(await renderKeyPolicy(policyRow, identities));
  const found = await Promise.all(
    statements.map(async (statement) => [
      ...wideAllow(statement),
      ...(await missingIn(statement, identities)),
    ]),
  );
  return found.flat();
}

function wideAllow({ effect, principal, conditions, index, sid }: Statement): readonly KeyWarning[] {
  if (effect !== 'Allow' || principal === undefined || conditions.length > 0) return [];
  const place = { ...(sid === undefined ? {} : { sid }), index };
  if (principal.inverted)
    return [
      {
        kind: 'everyone but',
        ...place,
        text: 'It allows every principal but those that it names, without conditions.',
      },
    ];
  if (!principal.principals.some(({ kind }) => kind === 'anyone')) return [];
  const text =
    'It allows every principal, without conditions: those of this account need no policy of their own.';
  return [{ kind: 'everyone', ...place, text }];
}

async function missingIn(
  { principal, index, sid }: Statement,
  identities: Pick<Identities, 'find'>,
): Promise<readonly KeyWarning[]> {
  const warnings: KeyWarning[] = [];
  for (const one of principal?.principals ?? []) {
    const isKnownByName = !('accountId' in one) && one.kind !== 'unique-id';
    if (isKnownByName || one.kind === 'federated-user') continue;
    if ((await identities.find(one.name)) !== undefined) continue;
    const text = `It names ${one.name}, which does not exist.`;
    warnings.push({ kind: 'missing principal', ...(sid === undefined ? {} : { sid }), index, text });
  }
  return warnings;
}
