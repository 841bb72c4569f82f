import { sha256Hex } from '@keyhaven/crypto';
import { chainLength } from './frame.ts';
import type { JournalLine } from './journal-lines.ts';
import { type SegmentHead, segmentHeadSchema } from './segment.ts';

export type JournalFlawKind =
  | 'journal-abandoned-segment'
  | 'journal-chain'
  | 'journal-cut'
  | 'journal-foreign'
  | 'journal-head'
  | 'journal-segment-missing'
  | 'journal-shortened'
  | 'journal-torn-tail'
  | 'journal-unreadable';

/** Where and how a journal is not as it was written. */
export interface JournalFlaw {
  readonly kind: JournalFlawKind;
  readonly severity: 'damage' | 'warning';
  /** `segment 3, line 7, byte 4096`, or a file's name. */
  readonly place: string;
  readonly text: string;
}

interface BrokenRun {
  readonly place: string;
  lines: number;
}

/** Verifies the lines of one segment, in order. */
export class SegmentVerifier {
  readonly #segment: number;
  readonly #installationId: string;
  /** What the first frame may follow; undefined where that is not known. */
  readonly #before: readonly string[] | undefined;
  /** What the next frame may follow: the chain that the last one claims and, where that is wrong, the right one. */
  #chains: readonly string[] = [];
  #lines = 0;
  #end = 0;
  #torn: JournalLine | undefined;
  #run: BrokenRun | undefined;
  /** The segment does not follow the one before it; told once it is clear that it is more than a head. */
  #unfollowing: JournalFlaw | undefined;
  #isForeign = false;
  /** It ends within a line. */
  #isCutOff = false;

  constructor(segment: number, installationId: string, before: readonly string[] | undefined) {
    this.#segment = segment;
    this.#installationId = installationId;
    this.#before = before;
  }

  /** The byte after the last whole line. */
  get end(): number {
    return this.#end;
  }

  /** What the next segment may follow; undefined where that is not known. */
  get chainsBehind(): readonly string[] | undefined {
    return this.#isForeign || this.#isCutOff ? undefined : this.#chains;
  }

  take(lines: readonly JournalLine[]): readonly [flaws: readonly JournalFlaw[], frames: readonly string[]] {
    const flaws: JournalFlaw[] = [];
    const frames: string[] = [];
    for (const line of lines) {
      if (!line.isWhole) {
        this.#torn = line;
        break;
      }
      this.#lines++;
      this.#end = line.end;
      if (this.#lines === 2 && this.#unfollowing !== undefined) flaws.push(this.#takeUnfollowing());
      const json = this.#takeFrame(line, flaws);
      if (json !== undefined && !this.#isForeign) frames.push(json.toString('utf8'));
    }
    return [flaws, frames];
  }

  /** What only shows at the end. `mayBeTorn`: nothing was written behind it, so that a kill may have torn it. */
  finish(mayBeTorn: boolean): readonly JournalFlaw[] {
    const flaws: JournalFlaw[] = [];
    if (this.#run !== undefined) flaws.push(this.#takeRun());
    if (this.#unfollowing !== undefined) {
      const flaw = this.#takeUnfollowing();
      flaws.push(mayBeTorn && this.#lines === 1 ? abandoned(this.#segment) : flaw);
    }
    if (this.#torn !== undefined) flaws.push(torn(this.#segment, this.#lines + 1, this.#torn, mayBeTorn));
    this.#isCutOff = this.#torn !== undefined;
    this.#torn = undefined;
    return flaws;
  }

  /** The frame's JSON, if the frame follows. */
  #takeFrame(line: JournalLine, flaws: JournalFlaw[]): Buffer | undefined {
    const frame = splitFrame(line.bytes);
    if (frame === undefined) {
      this.#chains = [];
      this.#break(line);
      return undefined;
    }
    const head = this.#lines === 1 ? parseHead(frame.json) : undefined;
    const mayFollow = this.#mayFollow(head);
    const right = mayFollow.map((chain) => chainOf(chain, frame.json));
    this.#chains = right.includes(frame.chain) ? [frame.chain] : [frame.chain, ...right.slice(0, 1)];
    if (!right.includes(frame.chain)) {
      this.#break(line);
      return undefined;
    }
    if (this.#run !== undefined) flaws.push(this.#takeRun());
    if (this.#lines === 1) this.#checkHead(head, flaws);
    return frame.json;
  }

  /** A segment is first of all verified in itself; whether it follows the one before it is a question of its own. */
  #mayFollow(head: SegmentHead | undefined): readonly string[] {
    if (this.#lines > 1) return this.#chains;
    return head === undefined || this.#segment === 1 ? (this.#before ?? []) : [head.previousChain];
  }

  #checkHead(head: SegmentHead | undefined, flaws: JournalFlaw[]): void {
    const at = `segment ${this.#segment}`;
    const add = (kind: JournalFlawKind, text: string): JournalFlaw => ({
      kind,
      severity: 'damage',
      place: at,
      text,
    });
    if (head === undefined) {
      flaws.push(add('journal-head', `The journal's ${at} does not begin with a segment's head.`));
    } else if (head.installationId !== this.#installationId) {
      this.#isForeign = true;
      flaws.push(add('journal-foreign', `The journal's ${at} belongs to another installation.`));
    } else if (head.segment !== this.#segment) {
      flaws.push(add('journal-head', `The journal's ${at} was written as segment ${head.segment}.`));
    } else if (this.#before !== undefined && !this.#before.includes(head.previousChain)) {
      const text = `The journal's ${at} does not follow the end of the one before it: its end was removed or changed.`;
      this.#unfollowing = add('journal-chain', text);
    }
  }

  /** Broken lines that follow each other are one flaw, named by the first. */
  #break(line: JournalLine): void {
    if (this.#run !== undefined) this.#run.lines++;
    else this.#run = { place: placeOf(this.#segment, this.#lines, line), lines: 1 };
  }

  #takeRun(): JournalFlaw {
    const { place, lines } = this.#run ?? { place: '', lines: 0 };
    this.#run = undefined;
    const further = lines === 1 ? '' : ` Nor do the ${lines - 1} lines behind it.`;
    return {
      kind: 'journal-chain',
      severity: 'damage',
      place,
      text: `The journal's ${place} does not follow the line before it: something was changed, removed or moved there.${further}`,
    };
  }

  #takeUnfollowing(): JournalFlaw {
    const flaw = this.#unfollowing;
    this.#unfollowing = undefined;
    if (flaw === undefined) throw new Error('the segment follows the one before it');
    return flaw;
  }
}

function splitFrame(bytes: Buffer): { readonly chain: string; readonly json: Buffer } | undefined {
  if (bytes.length <= chainLength || bytes[chainLength] !== 0x20) return undefined;
  return { chain: bytes.toString('latin1', 0, chainLength), json: bytes.subarray(chainLength + 1) };
}

/** `nextChain` over the bytes as they are stored: not every change of a byte changes the text that it decodes to. */
function chainOf(previous: string, json: Buffer): string {
  return sha256Hex(Buffer.concat([Buffer.from(previous, 'latin1'), json]));
}

function parseHead(json: Buffer): SegmentHead | undefined {
  try {
    return segmentHeadSchema.parse(JSON.parse(json.toString('utf8')))[0];
  } catch {
    return undefined;
  }
}

function placeOf(segment: number, line: number, { offset }: JournalLine): string {
  return `segment ${segment}, line ${line}, byte ${offset}`;
}

function torn(segment: number, number: number, line: JournalLine, mayBeTorn: boolean): JournalFlaw {
  const place = placeOf(segment, number, line);
  return mayBeTorn
    ? {
        kind: 'journal-torn-tail',
        severity: 'warning',
        place,
        text: `The journal's ${place} is torn, as a kill or a power cut leaves it; the next start cuts it off and keeps it aside.`,
      }
    : {
        kind: 'journal-chain',
        severity: 'damage',
        place,
        text: `The journal's ${place} is cut off, and a later segment goes on.`,
      };
}

function abandoned(segment: number): JournalFlaw {
  return {
    kind: 'journal-abandoned-segment',
    severity: 'warning',
    place: `segment ${segment}`,
    text: `The journal's segment ${segment} was begun and not used; the next start removes it.`,
  };
}
