import type { JsonObject } from '../json/json-value.ts';
import { parsePatternElement, type PatternElement } from './pattern-element.ts';

/**
 * Reads Resource or NotResource. Every string is accepted: in a key policy a pattern that is not this key's ARN
 * makes the statement ineffective, not malformed.
 */
export function parseResourceElement(statement: JsonObject, where: string): PatternElement | undefined {
  return parsePatternElement(statement, ['Resource', 'NotResource'], where);
}
