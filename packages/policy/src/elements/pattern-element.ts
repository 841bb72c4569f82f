import type { JsonObject } from '../json/json-value.ts';
import { findOneOf } from './members.ts';
import { parseStringList } from './string-list.ts';

/** Action or Resource; `inverted` for NotAction and NotResource. */
export interface PatternElement {
  readonly inverted: boolean;
  readonly patterns: readonly string[];
}

/** Reads an element of patterns, in its plain or its inverted form; undefined when the statement has neither. */
export function parsePatternElement<Name extends string>(
  statement: JsonObject,
  names: readonly [plain: Name, inverted: Name],
  where: string,
): PatternElement | undefined {
  const name = findOneOf(statement, names, where);
  if (name === undefined) return undefined;
  return {
    inverted: name === names[1],
    patterns: parseStringList(statement.get(name), `${where}: ${name}`),
  };
}
