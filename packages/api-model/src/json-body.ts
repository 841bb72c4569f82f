import { type Buffer, isAscii, isUtf8 } from 'node:buffer';
import { serialization } from './errors/request.ts';

/** A JSON object as `JSON.parse` gives it; read own members only. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The deepest input of KMS has four levels; the rest is room for unknown members, which are ignored. */
const maxDepth = 32;

/** Far above any request of KMS; it bounds the work on a body that nobody has signed yet. */
const maxMembers = 20_000;

const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Parses the body of an AWS JSON 1.1 request.
 *
 * Stricter than `JSON.parse` where two readers could see different requests: the bytes are UTF-8 without a byte
 * order mark, no member occurs twice, and no string holds half of a surrogate pair (it would have no UTF-8 form,
 * so the bytes that an encryption context authenticates would not be those that were sent).
 *
 * @throws AwsError SerializationException for every body that is not such an object, an empty one included.
 */
export function parseJsonBody(body: Buffer): JsonObject {
  const text = readUtf8(body);
  const written = countWrittenMembers(text);
  const value = parse(text);
  if (!isObject(value)) throw serialization();
  // JSON.parse keeps the last of two members with one name, however they are spelled: one is missing then.
  // Half a surrogate pair can only come from an escape: the bytes are valid UTF-8.
  if (countMembers(value, text.includes('\\u')) !== written) throw serialization();
  return value;
}

function readUtf8(body: Buffer): string {
  if (isAscii(body)) return body.toString('latin1');
  if (isUtf8(body)) return body.toString('utf8');
  throw serialization();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw serialization();
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Counts the colons outside strings, which is the number of members in the text, and bounds both it and the nesting. For a
 * text that is not JSON the count means nothing and is never used.
 */
function countWrittenMembers(text: string): number {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at + 1);
        break;
      case colon:
        if (++members > maxMembers) throw serialization();
        break;
      case openBrace:
      case openBracket:
        if (++depth > maxDepth) throw serialization();
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        break;
    }
  }
  return members;
}

/** The place of the quote that ends the string whose first character is at `from`. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end !== -1 && isEscaped(text, end, from)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** A quote is escaped after an odd number of backslashes. */
function isEscaped(text: string, at: number, from: number): boolean {
  let start = at;
  while (start > from && text.charCodeAt(start - 1) === backslash) start--;
  return (at - start) % 2 === 1;
}

/** Counts the members at every level, and refuses half surrogate pairs if there may be some. Depth is bounded. */
function countMembers(value: unknown, checkSurrogates: boolean): number {
  if (typeof value === 'string') {
    if (checkSurrogates && !value.isWellFormed()) throw serialization();
    return 0;
  }
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += countMembers(item, checkSurrogates);
    return members;
  }
  const object = value as JsonObject;
  for (const name in object) {
    if (checkSurrogates && !name.isWellFormed()) throw serialization();
    members += 1 + countMembers(object[name], checkSurrogates);
  }
  return members;
}
