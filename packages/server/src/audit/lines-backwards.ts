import { open } from 'node:fs/promises';

const pieceBytes = 128 * 1024;

/** Frames are far shorter; what is longer is no frame, and is not kept in memory to find that out. */
const mostLineBytes = 64 * 1024 * 1024;

const newline = 0x0a;

/**
 * The whole lines of a file before the byte `to`, the last one first, without their newlines. Reading does not block the event
 * loop, and no more than one line and one piece of the file is in memory.
 */
export async function* readLinesBackwards(path: string, to: number): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    const line = new LineFromItsEnd();
    for (let end = Math.min(to, (await file.stat()).size); end > 0;) {
      const length = Math.min(pieceBytes, end);
      const piece = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(piece, 0, length, end - length);
      if (bytesRead < length) return;
      end -= length;
      yield* line.takeLines(piece);
    }
    const first = line.takeFirst();
    if (first !== undefined) yield first;
  } finally {
    await file.close();
  }
}

/** The parts of a line whose beginning has not been read, the last part last. */
class LineFromItsEnd {
  #parts: Buffer[] = [];
  #bytes = 0;
  /** What stands behind the last newline of the file is no whole line. */
  #isWhole = false;

  *takeLines(piece: Buffer): Generator<Buffer> {
    let end = piece.length;
    for (
      let at = piece.lastIndexOf(newline);
      at !== -1;
      at = end === 0 ? -1 : piece.lastIndexOf(newline, end - 1)
    ) {
      this.#add(piece.subarray(at + 1, end));
      const line = this.takeFirst();
      if (line !== undefined) yield line;
      this.#isWhole = true;
      end = at;
    }
    this.#add(piece.subarray(0, end));
  }

  /** The line, its beginning having been read; undefined where it is empty, torn, or too long to be a frame. */
  takeFirst(): Buffer | undefined {
    const isFrame = this.#isWhole && this.#bytes > 0 && this.#bytes <= mostLineBytes;
    const line = isFrame ? Buffer.concat(this.#parts) : undefined;
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > mostLineBytes) this.#parts = [];
    else this.#parts.unshift(part);
  }
}
