import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { firstChain } from './frame.ts';
import type { JournalPosition } from './journal.ts';
import { readLines } from './journal-lines.ts';
import { listSegments, segmentPath } from './segment.ts';
import { type JournalFlaw, SegmentVerifier } from './verify-segment.ts';

export type { JournalFlaw, JournalFlawKind } from './verify-segment.ts';

/** What a piece of the journal showed. */
export interface JournalPiece {
  readonly flaws: readonly JournalFlaw[];
  /** The frames that follow the chain, as JSON texts: arrays of records. */
  readonly frames: readonly string[];
}

export interface JournalExtent {
  readonly segments: number;
  readonly lines: number;
  readonly bytes: number;
}

const keptName = /^cut-\d+-\d+(?:-\d+|\.unrecorded)$/;

/**
 * Reads a journal from its first segment on and tells of every place that does not follow, instead of cutting there
 * as a start does. It changes nothing. Memory does not grow with the journal, and no piece takes long.
 */
export class JournalVerifier {
  readonly #folder: string;
  readonly #installationId: string;
  #current: SegmentVerifier | undefined;
  #lastSegment = 0;
  #segments = 0;
  #lines = 0;
  #bytes = 0;
  #isIntact = true;

  constructor(folder: string, installationId: string) {
    this.#folder = folder;
    this.#installationId = installationId;
  }

  get extent(): JournalExtent {
    return { segments: this.#segments, lines: this.#lines, bytes: this.#bytes };
  }

  /** The byte after the last whole line. */
  get end(): JournalPosition {
    return { segment: this.#lastSegment, offset: this.#current?.end ?? 0 };
  }

  /** Whether everything so far follows from the first segment's beginning: nothing between is missing. */
  get isIntact(): boolean {
    return this.#isIntact;
  }

  /**
   * Goes on from where it was. `until`: where the journal ended when the service that writes it was asked; what is
   * behind it is not looked at. Undefined where nobody writes: then a torn tail is what a kill leaves.
   */
  async *walk(until: JournalPosition | undefined): AsyncGenerator<JournalPiece> {
    if (!existsSync(this.#folder)) return;
    if (this.#segments === 0) yield this.#piece(this.#keptCuts());
    const known = listSegments(this.#folder).filter((n) => n >= this.#lastSegment);
    const segments = until === undefined ? known : known.filter((n) => n <= until.segment);
    for (const segment of segments) {
      if (segment !== this.#lastSegment) yield this.#piece(this.#begin(segment));
      try {
        yield* this.#readSegment(segment, until, segment === segments.at(-1));
      } catch (error) {
        yield this.#piece([unreadable(segment, error)]);
      }
    }
    if (until !== undefined && this.#lastSegment < until.segment)
      yield this.#piece([missing(this.#lastSegment + 1, until.segment)]);
  }

  #begin(segment: number): readonly JournalFlaw[] {
    const expected = this.#lastSegment + 1;
    const isNext = segment === expected;
    const before = segment === 1 ? [firstChain] : isNext ? this.#current?.chainsBehind : undefined;
    this.#current = new SegmentVerifier(segment, this.#installationId, before);
    this.#lastSegment = segment;
    this.#segments++;
    return isNext ? [] : [missing(expected, segment - 1)];
  }

  async *#readSegment(
    segment: number,
    until: JournalPosition | undefined,
    isLast: boolean,
  ): AsyncGenerator<JournalPiece> {
    const verifier = this.#current;
    if (verifier === undefined) return;
    const path = segmentPath(this.#folder, segment);
    const { size } = statSync(path);
    const written = until?.segment === segment ? until.offset : undefined;
    const from = verifier.end;
    for await (const lines of readLines(path, from, Math.min(size, written ?? size))) {
      this.#lines += lines.length;
      yield this.#piece(...verifier.take(lines));
    }
    this.#bytes += verifier.end - from;
    if (written !== undefined && size < written) yield this.#piece([shortened(segment, size, written)]);
    else yield this.#piece(verifier.finish(isLast && until === undefined));
  }

  #piece(flaws: readonly JournalFlaw[], frames: readonly string[] = []): JournalPiece {
    if (flaws.some(({ severity }) => severity === 'damage')) this.#isIntact = false;
    return { flaws, frames };
  }

  #keptCuts(): readonly JournalFlaw[] {
    return readdirSync(this.#folder)
      .filter((name) => keptName.test(name))
      .sort()
      .map((name) => {
        const { size } = statSync(join(this.#folder, name));
        const text = `The file ${name} holds ${size} bytes that a start cut off the journal.`;
        return { kind: 'journal-cut', severity: 'warning', place: name, text };
      });
  }
}

function missing(first: number, last: number): JournalFlaw {
  const text =
    first === last
      ? `The journal's segment ${first} is missing.`
      : `The journal's segments ${first} to ${last} are missing.`;
  return { kind: 'journal-segment-missing', severity: 'damage', place: `segment ${first}`, text };
}

function unreadable(segment: number, error: unknown): JournalFlaw {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: 'journal-unreadable',
    severity: 'damage',
    place: `segment ${segment}`,
    text: `The journal's segment ${segment} cannot be read: ${reason}.`,
  };
}

function shortened(segment: number, size: number, written: number): JournalFlaw {
  return {
    kind: 'journal-shortened',
    severity: 'damage',
    place: `segment ${segment}`,
    text: `The journal's segment ${segment} holds ${size} bytes, but the service has written ${written}.`,
  };
}
