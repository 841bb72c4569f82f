import { isJsonArray, isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './json/json-value.ts';
import { parseJson } from './json/parse-json.ts';

/**
 * Writes a policy as GetKeyPolicy returns it: a space on both sides of the colon, two spaces a level, arrays on the
 * line (`[ {`). The order of members and items, and the text of numbers, stay. Throws PolicySyntaxError when the
 * text is not JSON; whether it is a policy is parsePolicyDocument's question.
 */
export function formatPolicy(text: string): string {
  return formatValue(parseJson(text), '\n');
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
