import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Something that must not be in a process's memory, by its name. */
export interface Wanted {
  readonly name: string;
  readonly bytes: Buffer;
}

/** One place in the memory of a process at which a secret was found. */
export interface Found {
  /** The secret's name, and in which spelling it was found. */
  readonly name: string;
  readonly spelling: string;
  /** The mapping that it lies in, as /proc names it. */
  readonly mapping: string;
}

interface Pattern {
  readonly name: string;
  readonly spelling: string;
  readonly bytes: Buffer;
}

/** Half of a 32-byte key is found too: what is left of it when the other half is overwritten is enough to break it. */
const windowBytes = 16;

function windowsOf(secret: Buffer): readonly (readonly [string, Buffer])[] {
  if (secret.length <= windowBytes) return [['whole', secret]];
  return [
    ['beginning', secret.subarray(0, windowBytes)],
    ['end', secret.subarray(secret.length - windowBytes)],
  ];
}

/** What Base64 makes of the bytes wherever they stand in a text, without the ends that depend on what is beside them. */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
}

function textSpellings(bytes: Buffer): readonly (readonly [string, string])[] {
  const hex = bytes.toString('hex');
  const base64 = base64Of(bytes).flatMap((text): readonly (readonly [string, string])[] => [
    ['Base64', text],
    ['base64url', text.replaceAll('+', '-').replaceAll('/', '_')],
  ]);
  return [['hexadecimal', hex], ['hexadecimal', hex.toUpperCase()], ...base64];
}

function patternsOf({ name, bytes }: Wanted): readonly Pattern[] {
  return windowsOf(bytes).flatMap(([part, window]) => {
    const binary: readonly (readonly [string, Buffer])[] = [
      ['raw bytes', window],
      ['raw bytes under the inner pad of HMAC', Buffer.from(window.map((byte) => byte ^ 0x36))],
      ['raw bytes under the outer pad of HMAC', Buffer.from(window.map((byte) => byte ^ 0x5c))],
      ['UTF-16', Buffer.from(window.toString('latin1'), 'utf16le')],
    ];
    const texts = textSpellings(window).flatMap(
      ([spelling, text]): readonly (readonly [string, Buffer])[] => [
        [spelling, Buffer.from(text)],
        [`${spelling} in UTF-16`, Buffer.from(text, 'utf16le')],
      ],
    );
    return [...binary, ...texts].map(([spelling, pattern]) => ({
      name,
      spelling: `${spelling} (${part})`,
      bytes: pattern,
    }));
  });
}

const pageBytes = 4096;
const zeroPage = Buffer.alloc(pageBytes);

function isZero(bytes: Buffer, at: number): boolean {
  return zeroPage.compare(bytes, at, at + pageBytes) === 0;
}

/** Finds many patterns in one walk over the bytes: a bit for each beginning of three bytes, then the patterns with it. */
class PatternSearch {
  readonly #beginnings = new Uint8Array(1 << 21);
  readonly #byBeginning = new Map<number, Pattern[]>();
  readonly longest: number;

  constructor(patterns: readonly Pattern[]) {
    for (const pattern of patterns) {
      const beginning = pattern.bytes.readUIntBE(0, 3);
      this.#beginnings[beginning >> 3] = (this.#beginnings[beginning >> 3] ?? 0) | (1 << (beginning & 7));
      const known = this.#byBeginning.get(beginning) ?? [];
      this.#byBeginning.set(beginning, [...known, pattern]);
    }
    this.longest = Math.max(...patterns.map(({ bytes }) => bytes.length));
  }

  search(bytes: Buffer, onFound: (pattern: Pattern, at: number) => void): void {
    const beginnings = this.#beginnings;
    let beginning = 0;
    for (let at = 0; at < bytes.length; at++) {
      // Most of a process's memory was never written.
      if (at % pageBytes === 0 && bytes.length - at >= pageBytes && isZero(bytes, at)) {
        at += pageBytes - 1;
        beginning = 0;
        continue;
      }
      beginning = ((beginning << 8) | (bytes[at] ?? 0)) & 0xffffff;
      if (((beginnings[beginning >> 3] ?? 0) & (1 << (beginning & 7))) !== 0)
        this.#compare(bytes, at - 2, beginning, onFound);
    }
  }

  #compare(
    bytes: Buffer,
    at: number,
    beginning: number,
    onFound: (pattern: Pattern, at: number) => void,
  ): void {
    if (at < 0) return;
    for (const pattern of this.#byBeginning.get(beginning) ?? []) {
      if (pattern.bytes.equals(bytes.subarray(at, at + pattern.bytes.length))) onFound(pattern, at);
    }
  }
}

interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** What can hold data of the process's own: everything readable but the unchanged contents of files. */
function mappingsOf(pid: number): readonly Mapping[] {
  return readFileSync(`/proc/${pid}/maps`, 'latin1')
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, start = '', end = '', modes = '', name = ''] =
        /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
      const isOfFile = name.startsWith('/') && !modes.includes('w');
      if (!modes.startsWith('r') || isOfFile || name === '[vvar]' || name === '[vsyscall]') return [];
      return [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16), name: `${name} ${modes}` }];
    });
}

const chunkBytes = 8 * 1024 * 1024;

/**
 * Searches the whole memory of another process, which is stopped meanwhile, for secrets in every spelling in which
 * they could lie there. Throws where the system lets nobody read it.
 */
export function searchMemory(pid: number, wanted: readonly Wanted[]): readonly Found[] {
  const search = new PatternSearch(wanted.flatMap(patternsOf));
  const found: Found[] = [];
  process.kill(pid, 'SIGSTOP');
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const mapping of mappingsOf(pid)) searchMapping(memory, mapping, search, found);
  } finally {
    closeSync(memory);
    process.kill(pid, 'SIGCONT');
  }
  return found;
}

function searchMapping(memory: number, mapping: Mapping, search: PatternSearch, found: Found[]): void {
  const buffer = Buffer.alloc(chunkBytes + search.longest);
  for (let at = mapping.start; at < mapping.end; at += chunkBytes) {
    const bytes = buffer.subarray(0, Math.min(buffer.length, mapping.end - at));
    const read = readSome(memory, bytes, at);
    search.search(bytes.subarray(0, read), ({ name, spelling }, offset) => {
      // What begins behind the chunk is found again in the next one.
      if (offset < chunkBytes) found.push({ name, spelling, mapping: mapping.name });
    });
  }
}

/** Searches a file, such as a core dump, for secrets in every spelling. */
export function searchFile(path: string, wanted: readonly Wanted[]): readonly Found[] {
  const search = new PatternSearch(wanted.flatMap(patternsOf));
  const found: Found[] = [];
  const file = openSync(path, 'r');
  try {
    const mapping = { start: 0, end: fstatSync(file).size, name: path };
    searchMapping(file, mapping, search, found);
  } finally {
    closeSync(file);
  }
  return found;
}

/** A mapping may be gone or unreadable in part: guard pages are. */
function readSome(memory: number, bytes: Buffer, at: number): number {
  let read = 0;
  try {
    while (read < bytes.length) {
      const more = readSync(memory, bytes, read, bytes.length - read, at + read);
      if (more === 0) break;
      read += more;
    }
  } catch {
    // What was read until then is searched.
  }
  return read;
}
