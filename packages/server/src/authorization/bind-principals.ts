import { invalidPrincipals } from '@keyhaven/api-model';
import { listPrincipals, type NamedPrincipal, type PolicyDocument } from '@keyhaven/policy';
import type { FoundPrincipal, Identities } from '../identities/port.ts';
import type { Bindings } from '../keys/policy-bindings.ts';
import { andThen, type Maybe } from '../maybe.ts';

type Finds = Pick<Identities, 'find'>;

/**
 * Who the users and roles are that a policy names. Throws, or rejects with, MalformedPolicyDocumentException where a principal
 * does not exist. Whoever is deleted meanwhile was found while it existed: its id stays, and names nobody.
 */
export function bindPrincipals(document: PolicyDocument, identities: Finds): Maybe<Bindings> {
  return listPrincipals(document).reduce<Maybe<Map<string, string>>>(
    (before, principal) => andThen(before, (bindings) => bindOne(principal, bindings, identities)),
    new Map<string, string>(),
  );
}

function bindOne(
  principal: NamedPrincipal,
  bindings: Map<string, string>,
  identities: Finds,
): Maybe<Map<string, string>> {
  const { kind, name } = principal;
  // A service is known by its name alone; nobody here is federated.
  if (kind === 'service') return bindings;
  if (kind === 'federated' || kind === 'canonical-user') throw invalidPrincipals();
  return andThen(identities.find(kind === 'account' ? principal.accountId : name), (found) => {
    if (found === undefined) throw invalidPrincipals();
    const id = kind === 'unique-id' ? undefined : idOf(found, name);
    if (id !== undefined) bindings.set(name, id);
    return bindings;
  });
}

/** What an ARN is bound to: the unique id of a user or role, and of a session its role's id with the session's name. */
export function idOf({ kind, uniqueId }: FoundPrincipal, arn: string): string | undefined {
  if (uniqueId === undefined || kind !== 'assumed-role') return uniqueId;
  return `${uniqueId}:${arn.slice(arn.lastIndexOf('/') + 1)}`;
}
