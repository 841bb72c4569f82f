import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { JsonNumber, type JsonObject, type JsonValue } from './json-value.ts';

/** The `PolicyType` shape's maximum; the quota of a key policy (32,768 bytes) is the caller's to enforce. */
const maximumLength = 131_072;
/** A policy needs six levels; the limit keeps the recursion below from being driven by the text. */
const maximumDepth = 16;

const numberSyntax = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const whiteSpace = /[ \t\n\r]*/y;
const literals = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * Reads JSON (RFC 8259) as strictly as `JSON.parse`, and refuses what that accepts silently: a member that
 * stands twice in an object, and nesting deeper than a policy can have.
 * Throws PolicySyntaxError and nothing else, in time linear in the text.
 */
export function parseJson(text: string): JsonValue {
  if (text.length > maximumLength) throw new PolicySyntaxError('A policy has at most 131,072 characters.');
  const cursor: Cursor = { text, at: 0 };
  const value = readValue(cursor, 0);
  if (cursor.at < text.length) throw notJson();
  return value;
}

function notJson(): PolicySyntaxError {
  return new PolicySyntaxError('The policy is not valid JSON.');
}

function skipWhiteSpace(cursor: Cursor): void {
  whiteSpace.lastIndex = cursor.at;
  whiteSpace.test(cursor.text);
  cursor.at = whiteSpace.lastIndex;
}

function readValue(cursor: Cursor, depth: number): JsonValue {
  if (depth > maximumDepth) throw new PolicySyntaxError('The policy is nested too deeply.');
  skipWhiteSpace(cursor);
  const value = readBareValue(cursor, depth);
  skipWhiteSpace(cursor);
  return value;
}

function readBareValue(cursor: Cursor, depth: number): JsonValue {
  switch (cursor.text.charAt(cursor.at)) {
    case '{':
      return readObject(cursor, depth);
    case '[':
      return readArray(cursor, depth);
    case '"':
      return readString(cursor);
    default:
      return readScalar(cursor);
  }
}

function readObject(cursor: Cursor, depth: number): JsonObject {
  const members = new Map<string, JsonValue>();
  cursor.at += 1;
  skipWhiteSpace(cursor);
  if (take(cursor, '}')) return members;
  do {
    skipWhiteSpace(cursor);
    const name = readString(cursor);
    if (members.has(name)) throw new PolicySyntaxError('A member stands twice in one JSON object.');
    skipWhiteSpace(cursor);
    if (!take(cursor, ':')) throw notJson();
    members.set(name, readValue(cursor, depth + 1));
  } while (take(cursor, ','));
  if (!take(cursor, '}')) throw notJson();
  return members;
}

function readArray(cursor: Cursor, depth: number): readonly JsonValue[] {
  const items: JsonValue[] = [];
  cursor.at += 1;
  skipWhiteSpace(cursor);
  if (take(cursor, ']')) return items;
  do {
    items.push(readValue(cursor, depth + 1));
  } while (take(cursor, ','));
  if (!take(cursor, ']')) throw notJson();
  return items;
}

function take(cursor: Cursor, token: string): boolean {
  if (cursor.text[cursor.at] !== token) return false;
  cursor.at += 1;
  return true;
}

/** Finds the closing quote here and leaves escapes and control characters to `JSON.parse`. */
function readString(cursor: Cursor): string {
  const { text, at: start } = cursor;
  if (text[start] !== '"') throw notJson();
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  cursor.at = end + 1;
  try {
    const value: unknown = JSON.parse(text.slice(start, end + 1));
    return String(value);
  } catch {
    throw notJson();
  }
}

function readScalar(cursor: Cursor): JsonValue {
  for (const [text, value] of literals) {
    if (!cursor.text.startsWith(text, cursor.at)) continue;
    cursor.at += text.length;
    return value;
  }
  numberSyntax.lastIndex = cursor.at;
  const text = numberSyntax.exec(cursor.text)?.[0];
  if (text === undefined) throw notJson();
  cursor.at += text.length;
  return new JsonNumber(text);
}
