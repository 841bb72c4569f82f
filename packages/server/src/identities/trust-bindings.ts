import { listPrincipals, type NamedPrincipal, parsePolicyDocument } from '@keyhaven/policy';
import type { Identities } from './port.ts';

/**
 * The unique ids of the users and roles that a trust policy names, by their ARNs; undefined where it names a principal that
 * does not exist. Sessions follow their role's name, and services and federated users are known by their names alone.
 */
export async function bindTrustPolicy(
  text: string,
  identities: Pick<Identities, 'find'>,
): Promise<ReadonlyMap<string, string> | undefined> {
  const bindings = new Map<string, string>();
  for (const principal of listPrincipals(parsePolicyDocument(text, 'trust'))) {
    if (isKnownByName(principal)) continue;
    const found = await identities.find(principal.name);
    if (found === undefined) return undefined;
    const isBound = principal.kind === 'user' || principal.kind === 'role';
    if (isBound && found.uniqueId !== undefined) bindings.set(principal.name, found.uniqueId);
  }
  return bindings;
}

function isKnownByName({ kind }: NamedPrincipal): boolean {
  return kind === 'service' || kind === 'federated' || kind === 'federated-user';
}
