import type { StatementGrammar } from '../document-kind.ts';
import type { JsonObject } from '../json/json-value.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { parsePatternElement, type PatternElement } from './pattern-element.ts';

/** Six parts, or fewer of which one may stand for the rest: `arn:aws:kms:*`. */
const arnForm = /^arn:(?:(?:[^:]*:){4}|[^*]*\*)/;

/**
 * Reads Resource or NotResource. In a key policy every string is accepted: a pattern that is not this key's ARN makes
 * the statement ineffective, not malformed. Trust policies have none: they speak of the role that they are attached to.
 */
export function parseResourceElement(
  statement: JsonObject,
  grammar: StatementGrammar,
  where: string,
): PatternElement | undefined {
  const element = parsePatternElement(statement, ['Resource', 'NotResource'], where);
  if (element === undefined) {
    if (grammar.resource === 'required')
      throw new PolicySyntaxError('Policy statement must contain resources.');
    return undefined;
  }
  if (grammar.resource === 'prohibited') throw new PolicySyntaxError('Has prohibited field Resource');
  if (grammar.isStrict && !element.patterns.every((pattern) => pattern === '*' || arnForm.test(pattern))) {
    throw new PolicySyntaxError(`${where}: Resource must be in ARN format or "*".`);
  }
  return element;
}
