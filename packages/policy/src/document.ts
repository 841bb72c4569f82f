import { requireNoOverlyPermissiveCondition } from './conditions/overly-permissive.ts';
import type { DocumentKind } from './document-kind.ts';
import { findString, requireKnownMembers } from './elements/members.ts';
import { isJsonArray, isJsonObject, type JsonValue } from './json/json-value.ts';
import { parseJson } from './json/parse-json.ts';
import { PolicySyntaxError } from './policy-syntax-error.ts';
import { parseStatement, type Statement } from './statement.ts';

/** The version of the policy language; it decides whether `${...}` is a policy variable. */
export type PolicyVersion = '2012-10-17' | '2008-10-17';

/** A policy that keeps the grammar of its kind; it says nothing of whether its principals exist. */
export interface PolicyDocument {
  readonly kind: DocumentKind;
  readonly version: PolicyVersion;
  readonly id: string | undefined;
  /** At least one, in the order of the text. */
  readonly statements: readonly Statement[];
}

const memberNames: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);

/**
 * Reads the text of a policy of that kind (IAM JSON policy grammar), as it is done before one is stored.
 * Throws PolicySyntaxError, and nothing else, whose message is the broken rule.
 */
export function parsePolicyDocument(text: string, kind: DocumentKind = 'key'): PolicyDocument {
  const document = parseStoredPolicyDocument(text, kind);
  if (kind === 'key') {
    for (const { conditions } of document.statements) requireNoOverlyPermissiveCondition(conditions);
  }
  return document;
}

/**
 * As parsePolicyDocument, of a policy that is stored: what is refused for its meaning alone, not for its grammar, is read. A
 * policy that was accepted before such a rule was there must go on to open its key.
 */
export function parseStoredPolicyDocument(text: string, kind: DocumentKind = 'key'): PolicyDocument {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new PolicySyntaxError('The policy must be a JSON object.');
  requireKnownMembers(value, memberNames, 'The policy');
  return {
    kind,
    version: parseVersion(value.get('Version')),
    id: findString(value, 'Id', 'The policy'),
    statements: parseStatements(value.get('Statement'), kind),
  };
}

/** Without Version a policy is of the older language (IAM user guide, "Version"). */
function parseVersion(value: JsonValue | undefined): PolicyVersion {
  if (value === undefined) return '2008-10-17';
  if (value === '2012-10-17' || value === '2008-10-17') return value;
  throw new PolicySyntaxError('Version must be 2012-10-17 or 2008-10-17.');
}

function parseStatements(value: JsonValue | undefined, kind: DocumentKind): readonly Statement[] {
  const items = isJsonArray(value) ? value : [value];
  const [first] = items;
  if (first === undefined) throw new PolicySyntaxError('The policy must have at least one Statement.');
  const statements = items.map((item, index) => parseStatement(item ?? null, index, kind));
  requireUniqueSids(statements);
  return statements;
}

function requireUniqueSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const { sid } of statements) {
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid)) throw new PolicySyntaxError('The Sid of a statement must be unique in the policy.');
    seen.add(sid);
  }
}
