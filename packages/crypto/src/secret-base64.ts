import { secretMemory } from './secret-memory.ts';

const padding = 0x3d;
const groupBytes = 3;
const groupCharacters = 4;
const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1');
const values = new Int8Array(256).fill(-1);
for (const [value, character] of alphabet.entries()) values[character] = value;

/** Base64 (RFC 4648 section 4) of secret bytes, for the caller to zeroise: as a string it would stay in memory. */
export function encodeSecretBase64(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const text = secretMemory(Math.ceil(bytes.length / groupBytes) * groupCharacters);
  for (let from = 0, to = 0; from < bytes.length; from += groupBytes, to += groupCharacters) {
    const given = Math.min(groupBytes, bytes.length - from);
    const group = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    for (let at = 0; at < groupCharacters; at++) {
      text[to + at] = at > given ? padding : (alphabet[(group >> (18 - 6 * at)) & 63] ?? padding);
    }
  }
  return text;
}

/** What `encodeSecretBase64` encoded, for the caller to zeroise; undefined for anything that it never makes. */
export function decodeSecretBase64(text: Uint8Array): Buffer<ArrayBuffer> | undefined {
  if (text.length % groupCharacters !== 0) return undefined;
  let end = text.length;
  while (end > text.length - groupBytes && text[end - 1] === padding) end--;
  if (end % groupCharacters === 1) return undefined;
  const bytes = secretMemory(Math.floor((end * groupBytes) / groupCharacters));
  if (decodeInto(bytes, text.subarray(0, end))) return bytes;
  bytes.fill(0);
  return undefined;
}

/** False for a character that is none of Base64's, and for bits behind the last byte. */
function decodeInto(bytes: Buffer, characters: Uint8Array): boolean {
  let bits = 0;
  let held = 0;
  let to = 0;
  for (const character of characters) {
    const value = values[character] ?? -1;
    if (value < 0) return false;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[to++] = held >> bits;
  }
  return (held & ((1 << bits) - 1)) === 0;
}
