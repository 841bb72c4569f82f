import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { RunningSha256 } from '@keyhaven/crypto';

const pieceBytes = 256 * 1024;

/** A file's content, piece by piece; each piece has memory of its own. */
export function* piecesOf(path: string): Generator<Buffer> {
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(pieceBytes);
      const read = readSync(file, piece);
      if (read === 0) return;
      yield piece.subarray(0, read);
    }
  } finally {
    closeSync(file);
  }
}

/** Size and SHA-256 of bytes, as a manifest has them. */
export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

export function digestOf(path: string): Digest {
  const hash = new RunningSha256();
  let bytes = 0;
  for (const piece of piecesOf(path)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digestHex() };
}

/**
 * Writes a file that is not there yet, mode 0600. It is on the disk when this returns; its name is once the folder has
 * been synchronised.
 */
export async function writeNewFile(path: string, content: AsyncIterable<Uint8Array>): Promise<Digest> {
  const file = openSync(path, 'wx', 0o600);
  try {
    const hash = new RunningSha256();
    let bytes = 0;
    for await (const piece of content) {
      for (let at = 0; at < piece.length;) at += writeSync(file, piece, at);
      hash.update(piece);
      bytes += piece.length;
    }
    fsyncSync(file);
    return { bytes, sha256: hash.digestHex() };
  } finally {
    closeSync(file);
  }
}
