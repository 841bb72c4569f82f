import { open } from 'node:fs/promises';

/** What is read and looked at in one go: well under a millisecond's work. */
const pieceBytes = 128 * 1024;

/** Frames are far shorter; what is longer is no frame, and is not kept in memory to find that out. */
const mostLineBytes = 64 * 1024 * 1024;

const newline = 0x0a;

/** A line of a file, as bytes: text would hide a byte that decodes to what was there before. */
export interface JournalLine {
  /** Without the newline; empty where the line is too long to be a frame. */
  readonly bytes: Buffer;
  /** The byte of the file that it begins at. */
  readonly offset: number;
  /** The byte after it, its newline counted. */
  readonly end: number;
  /** Whether a newline ends it. */
  readonly isWhole: boolean;
}

/** The lines between two bytes of a file, a piece of it at a time. Reading does not block the event loop. */
export async function* readLines(
  path: string,
  from: number,
  to: number,
): AsyncGenerator<readonly JournalLine[]> {
  const file = await open(path, 'r');
  try {
    const pending = new PendingLine(from);
    for (let at = from; at < to;) {
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, to - at));
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      yield pending.takeLines(piece.subarray(0, bytesRead));
    }
    const torn = pending.takeRest();
    if (torn !== undefined) yield [torn];
  } finally {
    await file.close();
  }
}

/** What has been read of a line whose end has not. */
class PendingLine {
  #offset: number;
  #bytes = 0;
  #parts: Buffer[] = [];

  constructor(offset: number) {
    this.#offset = offset;
  }

  takeLines(piece: Buffer): readonly JournalLine[] {
    const lines: JournalLine[] = [];
    let start = 0;
    for (let end = piece.indexOf(newline); end !== -1; end = piece.indexOf(newline, start)) {
      this.#add(piece.subarray(start, end));
      start = end + 1;
      lines.push(this.#take(true));
    }
    if (start < piece.length) this.#add(piece.subarray(start));
    return lines;
  }

  takeRest(): JournalLine | undefined {
    return this.#bytes === 0 ? undefined : this.#take(false);
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > mostLineBytes) this.#parts = [];
    else this.#parts.push(part);
  }

  #take(isWhole: boolean): JournalLine {
    const [only = Buffer.alloc(0)] = this.#parts;
    const bytes = this.#parts.length > 1 ? Buffer.concat(this.#parts) : only;
    const offset = this.#offset;
    const end = offset + this.#bytes + (isWhole ? 1 : 0);
    this.#offset = end;
    this.#bytes = 0;
    this.#parts = [];
    return { bytes, offset, end, isWhole };
  }
}
