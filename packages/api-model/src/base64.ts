import { Buffer } from 'node:buffer';

/** The last data character of a padded text carries bits of no byte; they must be zero. */
const lastBeforeOnePad = 'AEIMQUYcgkosw048';
const lastBeforeTwoPads = 'AQgw';

/**
 * Reads standard Base64 with padding (RFC 4648 section 4) in its one canonical spelling; returns undefined for
 * anything else. `Buffer.from` alone skips unknown characters, accepts the URL alphabet, and takes U+0141 for `A`.
 */
export function findBase64(text: string): Buffer | undefined {
  const length = text.length;
  if (length % 4 !== 0) return undefined;
  const pads = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (pads === 2 && !lastBeforeTwoPads.includes(text.charAt(length - 3))) return undefined;
  if (pads === 1 && !lastBeforeOnePad.includes(text.charAt(length - 2))) return undefined;
  if (text.includes('-') || text.includes('_') || Buffer.byteLength(text) !== length) return undefined;
  const bytes = Buffer.from(text, 'base64');
  // Every character that was skipped, white space included, leaves the result short.
  return bytes.length === (length / 4) * 3 - pads ? bytes : undefined;
}
