import { isJsonArray, isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './json/json-value.ts';
import { parseJson } from './json/parse-json.ts';
import { renamePrincipals } from './rename-principals.ts';

/**
 * Writes a policy as GetKeyPolicy returns it: a space on both sides of the colon, two spaces a level, arrays on the
 * line (`[ {`). The order of members and items, and the text of numbers, stay. Throws PolicySyntaxError when the
 * text is not JSON; whether it is a policy is parsePolicyDocument's question.
 *
 * `rename` gives principals another name, each where it stands as a principal under AWS: one that was deleted is shown by
 * its unique id.
 */
export function formatPolicy(text: string, rename: ReadonlyMap<string, string> = new Map()): string {
  const policy = parseJson(text);
  return formatValue(rename.size === 0 ? policy : renamePrincipals(policy, rename), '\n');
}

/**
 * The policy without white space; all else as formatPolicy has it, and nothing that it says is another number afterwards.
 * Throws PolicySyntaxError when the text is not JSON.
 */
export function compactPolicy(text: string): string {
  return compactValue(parseJson(text));
}

function compactValue(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (isJsonArray(value)) return `[${value.map(compactValue).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return `{${[...value].map(([name, member]) => `${JSON.stringify(name)}:${compactValue(member)}`).join(',')}}`;
}

function formatValue(value: JsonValue, lineStart: string): string {
  if (value instanceof JsonNumber) return value.text;
  if (isJsonArray(value)) return formatArray(value, lineStart);
  if (isJsonObject(value)) return formatObject(value, lineStart);
  return JSON.stringify(value);
}

function formatArray(items: readonly JsonValue[], lineStart: string): string {
  if (items.length === 0) return '[ ]';
  return `[ ${items.map((item) => formatValue(item, lineStart)).join(', ')} ]`;
}

function formatObject(members: JsonObject, lineStart: string): string {
  if (members.size === 0) return '{ }';
  const inner = `${lineStart}  `;
  const lines = [...members].map(([name, value]) => `${JSON.stringify(name)} : ${formatValue(value, inner)}`);
  return `{${inner}${lines.join(`,${inner}`)}${lineStart}}`;
}
