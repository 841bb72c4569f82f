import type { PolicyDocument } from './document.ts';
import type { Principal } from './elements/principal-name.ts';

/** A principal that exists or not: every kind but `*`. */
export type NamedPrincipal = Exclude<Principal, { readonly kind: 'anyone' }>;

/**
 * The principals that a policy names, each once, in the order of the text, those of NotPrincipal included.
 * Whether they exist is the caller's question: AWS refuses a policy with a principal that it does not know.
 */
export function listPrincipals(document: PolicyDocument): readonly NamedPrincipal[] {
  const found = new Map<string, NamedPrincipal>();
  for (const { principal } of document.statements) {
    for (const named of principal?.principals ?? []) {
      if (named.kind !== 'anyone') found.set(`${named.kind} ${named.name}`, named);
    }
  }
  return [...found.values()];
}
