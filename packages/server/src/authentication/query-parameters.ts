import { mismatch } from './refusals.ts';

/** One parameter of the query, percent-decoded: Latin-1 strings, one character a byte. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

const none: readonly QueryParameter[] = [];

/**
 * Reads an undecoded query. Throws InvalidSignatureException for malformed percent-encoding and for a bare `+`:
 * whether it is a plus or a space depends on the reader, so a signature over it would bind neither.
 */
export function parseQuery(query: string): readonly QueryParameter[] {
  if (query === '') return none;
  const parameters: QueryParameter[] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals === -1 ? part : part.slice(0, equals);
    const value = equals === -1 ? '' : part.slice(equals + 1);
    parameters.push({ name: percentDecode(name), value: percentDecode(value) });
  }
  return parameters;
}

function percentDecode(text: string): string {
  if (text.includes('+')) throw mismatch();
  if (!text.includes('%')) return text;
  let decoded = '';
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== 0x25) {
      decoded += text.charAt(i);
      continue;
    }
    const high = hexDigit(text.charCodeAt(i + 1));
    const low = hexDigit(text.charCodeAt(i + 2));
    decoded += String.fromCharCode(high * 16 + low);
    i += 2;
  }
  return decoded;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const upper = code & ~0x20;
  if (upper >= 0x41 && upper <= 0x46) return upper - 0x41 + 10;
  throw mismatch();
}
