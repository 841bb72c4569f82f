/*
 * The smallest part of POSIX ustar (IEEE 1003.1, pax, "ustar Interchange Format") that holds a few plain files, so that
 * `age -d backup.age | tar x` opens a backup without us.
 */

const blockBytes = 512;
/** Eleven octal digits. */
const mostEntryBytes = 8 ** 11 - 1;

type Bytes = AsyncIterable<Uint8Array>;

export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  /** Seconds since the epoch. */
  readonly modifiedAt: number;
  readonly content: () => Iterable<Uint8Array> | Bytes;
}

/** Bytes that are no tar as `writeTar` makes it. */
export class TarError extends Error {}

/** The archive, piece by piece. Throws TarError where an entry's content is not as long as it says. */
export async function* writeTar(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield header(entry);
    let written = 0;
    for await (const piece of entry.content()) {
      written += piece.length;
      yield piece;
    }
    if (written !== entry.bytes) throw new TarError(`${entry.name} changed while it was archived`);
    yield Buffer.alloc(paddingOf(entry.bytes));
  }
  yield Buffer.alloc(2 * blockBytes);
}

function paddingOf(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

function header({ name, bytes, modifiedAt }: TarEntry): Buffer {
  if (bytes > mostEntryBytes)
    throw new TarError(`${name} is larger than 8 GiB, which an archive cannot hold`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  block.write(name, 0, 100, 'latin1');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(modifiedAt, 136, 12);
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** The sum of the header's bytes, its own eight counted as spaces. */
function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum;
}

/** Reads an archive of plain files, entry by entry and each from its start. Throws TarError. */
export class TarReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next entry's name and size; undefined after the last. Its content must be read before the next is asked for. */
  async next(): Promise<{ readonly name: string; readonly bytes: number } | undefined> {
    const block = await this.#take(blockBytes);
    if (block.every((byte) => byte === 0)) return undefined;
    const checksum = Number.parseInt(block.toString('latin1', 148, 154), 8);
    if (checksum !== checksumOf(block) || block.toString('latin1', 257, 263) !== 'ustar\0')
      throw new TarError('an entry has no ustar header');
    if (block.toString('latin1', 156, 157) !== '0') throw new TarError('an entry is not a plain file');
    const size = block.toString('latin1', 124, 135);
    if (!/^[0-7]{11}$/.test(size)) throw new TarError('an entry has no size');
    const [name = ''] = block.toString('latin1', 0, 100).split('\0');
    return { name, bytes: Number.parseInt(size, 8) };
  }

  /** The content of the entry that `next` answered. */
  async *content(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0;) {
      const piece = await this.#some(left);
      left -= piece.length;
      yield piece;
    }
    await this.#take(paddingOf(bytes));
  }

  /** Reads on to where the source ends; nothing but zeros may come after the last entry. */
  async end(): Promise<void> {
    for (;;) {
      if (this.#rest.some((byte) => byte !== 0)) throw new TarError('something follows the last entry');
      this.#rest = Buffer.alloc(0);
      if (!(await this.#fill())) return;
    }
  }

  /** Lets go of the source before its end. */
  async abandon(): Promise<void> {
    await this.#source.return?.();
  }

  async #take(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = bytes; left > 0;) {
      const piece = await this.#some(left);
      left -= piece.length;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async #some(atMost: number): Promise<Buffer> {
    while (this.#rest.length === 0) if (!(await this.#fill())) throw new TarError('the archive is cut off');
    const piece = this.#rest.subarray(0, atMost);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  async #fill(): Promise<boolean> {
    const result: IteratorResult<Uint8Array, unknown> = await this.#source.next();
    if (result.done === true) return false;
    const { buffer, byteOffset, byteLength } = result.value;
    this.#rest = Buffer.from(buffer, byteOffset, byteLength);
    return true;
  }
}
