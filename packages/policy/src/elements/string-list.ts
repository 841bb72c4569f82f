import { isJsonArray, type JsonValue } from '../json/json-value.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';

/** Reads "a string, or a non-empty array of strings", the form of most elements. `where` names the element. */
export function parseStringList(value: JsonValue | undefined, where: string): readonly string[] {
  const items = isJsonArray(value) ? value : [value];
  const strings = items.filter((item) => typeof item === 'string');
  if (strings.length === 0 || strings.length !== items.length) {
    throw new PolicySyntaxError(`${where} must be a string or a non-empty array of strings.`);
  }
  return strings;
}
