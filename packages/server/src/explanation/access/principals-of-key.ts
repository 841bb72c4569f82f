import { listPrincipals, parseStoredPolicyDocument } from '@keyhaven/policy';
import { type Principal, rootPrincipal } from '../../authentication/principal.ts';
import type { Caller } from '../../authentication/caller.ts';
import type { CallerIdentity, Identities } from '../../identities/port.ts';
import type { StoredIdentities } from '../../identities/stored-identities.ts';
import type { KmsKey } from '../../keys/kms-key.ts';
import { findPrincipal, principalOf } from '../find-principal.ts';

/** Someone who could ask for a key, with what is known of it. */
export interface Candidate {
  /** As policies name it: of a role the role itself. */
  readonly name: string;
  readonly kind: 'root' | 'user' | 'role' | 'role session' | 'service';
  readonly caller: Caller;
  readonly identity: CallerIdentity;
}

export interface PrincipalSource {
  readonly identities: Pick<Identities, 'find' | 'of'>;
  readonly principals: Pick<StoredIdentities, 'list'>;
}

/**
 * Every principal of the key's account and of each account that the key policy or a grant names; the role sessions and services
 * that they name as well.
 */
export async function* candidatesFor(
  key: KmsKey,
  grantees: readonly string[],
  source: PrincipalSource,
): AsyncGenerator<Candidate> {
  const named = namedIn(key, grantees);
  const { region, account_id: ownerId } = key.row;
  const caller = (principal: Principal): Caller => ({
    principal,
    accountId: principal.accountId,
    accessKeyId: '',
    region,
    session: undefined,
    service: undefined,
  });
  for (const accountId of new Set([ownerId, ...named.flatMap(accountOf)])) {
    if ((await source.identities.find(accountId)) === undefined) continue;
    const root = caller(rootPrincipal(accountId));
    yield {
      name: root.principal.arn,
      kind: 'root',
      caller: root,
      identity: await source.identities.of(root, true),
    };
    for (const listed of await source.principals.list(accountId)) {
      const principal = await principalOf(listed, source.identities);
      if (principal === undefined) continue;
      yield { name: listed.arn, kind: listed.kind, caller: caller(principal), identity: listed.identity };
    }
  }
  for (const name of named) {
    const principal = await findPrincipal(name, ownerId, source.identities);
    if (principal?.kind !== 'service' && (principal?.kind !== 'assumed-role' || principal.arn !== name))
      continue;
    const asking = caller(principal);
    const kind = principal.kind === 'service' ? 'service' : 'role session';
    yield { name, kind, caller: asking, identity: await source.identities.of(asking, true) };
  }
}

function namedIn({ policyRow }: KmsKey, grantees: readonly string[]): readonly string[] {
  const inPolicy = listPrincipals(parseStoredPolicyDocument(policyRow.document)).map(({ name }) => name);
  return [...new Set([...inPolicy, ...grantees])];
}

function accountOf(name: string): readonly string[] {
  const accountId = /^(?:arn:aws:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(name)?.[1];
  return accountId === undefined ? [] : [accountId];
}
