import { closeSync, openSync, readSync } from 'node:fs';

const pieceBytes = 1024 * 1024;
const newline = 0x0a;

/** One line of a file. */
export interface Line {
  /** Without the newline. */
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  /** The byte after the newline. */
  readonly end: number;
  /** False for what is behind the last newline. */
  readonly isWhole: boolean;
}

/** The lines of a file of any size; only the current one is in memory. */
export function* linesOf(path: string): Generator<Line> {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafeSlow(pieceBytes);
    let begun: Buffer[] = [];
    let number = 1;
    let position = 0;
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
      let from = 0;
      for (let at = piece.indexOf(newline); at !== -1 && at < read; at = piece.indexOf(newline, from)) {
        const bytes = Buffer.concat([...begun, piece.subarray(from, at)]);
        from = at + 1;
        yield { bytes, number: number++, end: position + from, isWhole: true };
        begun = [];
      }
      if (from < read) begun.push(Buffer.from(piece.subarray(from, read)));
      position += read;
    }
    const rest = Buffer.concat(begun);
    if (rest.length > 0) yield { bytes: rest, number, end: position, isWhole: false };
  } finally {
    closeSync(file);
  }
}
