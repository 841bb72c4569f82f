import type { StatementGrammar } from '../document-kind.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { findOneOf } from './members.ts';
import { anyone, readAwsPrincipal, type Principal } from './principal-name.ts';
import { parseStringList } from './string-list.ts';

/** Principal, or NotPrincipal when inverted; at least one principal. */
export interface PrincipalElement {
  readonly inverted: boolean;
  readonly principals: readonly Principal[];
}

type ReadPrincipal = (name: string) => Principal | string;

const serviceName = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const canonicalUserId = /^[0-9a-f]{64}$/;

/** What each member of a principal map may hold. A Map, because its keys come from the text. */
const principalTypes: ReadonlyMap<string, ReadPrincipal> = new Map<string, ReadPrincipal>([
  ['AWS', readAwsPrincipal],
  [
    'Service',
    (name) =>
      serviceName.test(name) ? { kind: 'service', name } : 'a service principal is a name as x.amazonaws.com',
  ],
  [
    'Federated',
    (name) => (name === '' ? 'a federated principal cannot be empty' : { kind: 'federated', name }),
  ],
  [
    'CanonicalUser',
    (name) =>
      canonicalUserId.test(name)
        ? { kind: 'canonical-user', name }
        : 'a canonical user id has 64 hexadecimal digits',
  ],
]);

/** Reads Principal or NotPrincipal as the grammar has it: exactly one, or none. */
export function parsePrincipalElement(
  statement: JsonObject,
  grammar: StatementGrammar,
  where: string,
): PrincipalElement | undefined {
  const name = findOneOf(statement, ['Principal', 'NotPrincipal'], where);
  if (grammar.principal !== 'required') {
    requireNoPrincipal(statement, grammar, name);
    return undefined;
  }
  if (name === undefined) throw new PolicySyntaxError(`${where} must have a Principal or a NotPrincipal.`);
  return {
    inverted: name === 'NotPrincipal',
    principals: parsePrincipals(statement.get(name), `${where}: ${name}`),
  };
}

/** Resource control policies say `"Principal": "*"`, which limits nothing; so it is left out. */
function requireNoPrincipal(
  statement: JsonObject,
  grammar: StatementGrammar,
  name: string | undefined,
): void {
  const isEveryone = name === 'Principal' && statement.get(name) === '*';
  if (name === undefined || (grammar.principal === 'everyone or none' && isEveryone)) return;
  throw new PolicySyntaxError('Policy document should not specify a principal.');
}

function parsePrincipals(value: JsonValue | undefined, where: string): readonly Principal[] {
  if (value === '*') return [anyone];
  if (!isJsonObject(value) || value.size === 0) {
    throw new PolicySyntaxError(
      `${where} must be * or an object of AWS, Service, Federated or CanonicalUser.`,
    );
  }
  return [...value].flatMap(([type, names]) => parsePrincipalsOfType(type, names, where));
}

function parsePrincipalsOfType(type: string, names: JsonValue, where: string): readonly Principal[] {
  const readPrincipal = principalTypes.get(type);
  if (readPrincipal === undefined) {
    throw new PolicySyntaxError(`${where} may contain only AWS, Service, Federated and CanonicalUser.`);
  }
  return parseStringList(names, `${where}: ${type}`).map((name) => {
    const principal = readPrincipal(name);
    if (typeof principal === 'string') throw invalidPrincipal(where, principal);
    return principal;
  });
}

/** Begins with AWS's sentence, which clients look for, and adds the rule. */
function invalidPrincipal(where: string, rule: string): PolicySyntaxError {
  const sentence = 'Policy contains a statement with one or more invalid principals.';
  return new PolicySyntaxError(`${sentence} ${where}: ${rule}.`);
}
