import { sha256Hex } from '@keyhaven/crypto';

/**
 * The journal is text: one line a frame, `<chain> <JSON array of records>`. The chain of a frame is the SHA-256,
 * in hex, of the previous frame's chain followed by the JSON text, so that no frame can be changed, removed or
 * moved without every later chain showing it. Anyone with `sha256sum` can check it.
 */
export const chainLength = 64;

/** The chain before the very first frame. */
export const firstChain = '0'.repeat(chainLength);

export function nextChain(previous: string, json: string): string {
  return sha256Hex(previous + json);
}

export interface Frame {
  readonly chain: string;
  readonly json: string;
  /** The byte after the frame's line. */
  readonly end: number;
}

/** Reads the frame that begins at `start`; undefined where the line is torn or does not follow `previousChain`. */
export function readFrame(file: Buffer, start: number, previousChain: string): Frame | undefined {
  const newline = file.indexOf(0x0a, start);
  // The space is not under the chain: without this look, one byte of every line could be changed unseen.
  if (newline === -1 || newline - start <= chainLength || file[start + chainLength] !== 0x20)
    return undefined;
  const chain = file.toString('latin1', start, start + chainLength);
  const json = file.subarray(start + chainLength + 1, newline);
  // The bytes, not their text: invalid ones all decode to the same character.
  const computed = sha256Hex(Buffer.concat([Buffer.from(previousChain, 'latin1'), json]));
  return computed === chain ? { chain, json: json.toString('utf8'), end: newline + 1 } : undefined;
}
