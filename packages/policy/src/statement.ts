import { statementGrammars, type DocumentKind } from './document-kind.ts';
import { parseActionElement } from './elements/action.ts';
import { parseConditionElement, type Condition } from './elements/condition.ts';
import { requireKnownMembers } from './elements/members.ts';
import type { PatternElement } from './elements/pattern-element.ts';
import { parsePrincipalElement, type PrincipalElement } from './elements/principal.ts';
import { parseResourceElement } from './elements/resource.ts';
import { parseSid } from './elements/sid.ts';
import { isJsonObject, type JsonValue } from './json/json-value.ts';
import { PolicySyntaxError } from './policy-syntax-error.ts';

/** What a statement says when it matches. */
export type StatementEffect = 'Allow' | 'Deny';

/** One statement of a policy. Which elements it has is a matter of the document's kind (`document-kind.ts`). */
export interface Statement {
  /** Position in the document, from 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: StatementEffect;
  /** Undefined in identity and control policies: they speak of whom they are attached to. */
  readonly principal: PrincipalElement | undefined;
  readonly action: PatternElement | undefined;
  readonly resource: PatternElement | undefined;
  readonly conditions: readonly Condition[];
}

const memberNames: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** Reads one statement; messages count statements from 1. Throws PolicySyntaxError. */
export function parseStatement(value: JsonValue, index: number, kind: DocumentKind): Statement {
  const where = `Statement ${index + 1}`;
  if (!isJsonObject(value)) throw new PolicySyntaxError(`${where} must be an object.`);
  requireKnownMembers(value, memberNames, where);
  const grammar = statementGrammars[kind];
  return {
    index,
    sid: parseSid(value, grammar, where),
    effect: parseEffect(value.get('Effect'), where),
    principal: parsePrincipalElement(value, grammar, where),
    action: parseActionElement(value, grammar, where),
    resource: parseResourceElement(value, grammar, where),
    conditions: parseConditionElement(value.get('Condition'), where),
  };
}

function parseEffect(value: JsonValue | undefined, where: string): StatementEffect {
  if (value === 'Allow' || value === 'Deny') return value;
  throw new PolicySyntaxError(`${where}: Effect must be Allow or Deny.`);
}
