import type { StatementGrammar } from '../document-kind.ts';
import type { JsonObject } from '../json/json-value.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { parsePatternElement, type PatternElement } from './pattern-element.ts';

/** IAM refuses wildcards in the service's name, so that a pattern always belongs to one service. */
const actionPattern = /^(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9_*?-]+)$/;

/** Reads Action or NotAction. An action that no service has is accepted and never matches, as in AWS. */
export function parseActionElement(
  statement: JsonObject,
  grammar: StatementGrammar,
  where: string,
): PatternElement | undefined {
  const element = parsePatternElement(statement, ['Action', 'NotAction'], where);
  if (element === undefined && grammar.action === 'required') {
    throw new PolicySyntaxError('Policy statement must contain actions.');
  }
  if (element?.patterns.every((pattern) => actionPattern.test(pattern)) === false) {
    throw new PolicySyntaxError(
      `${where}: an action must be * or of the form service:action, as kms:Encrypt.`,
    );
  }
  return element;
}
