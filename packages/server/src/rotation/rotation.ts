import type { Clock } from '../clock.ts';
import { StartRefusal } from '../start-refusal.ts';
import { rewrapScope, type RewrapParts } from './rewrap-scope.ts';

/** What a rotation tells of its progress. */
export interface RotationProgress {
  readonly text: string;
  readonly done?: number;
}

export interface RotationParts extends RewrapParts {
  readonly clock: Clock;
  readonly onProgress: (progress: RotationProgress) => void;
  /** Whether the service is being sealed or ended: the rotation stops where it is and goes on after the next start. */
  readonly isStopped: () => boolean;
}

export interface RotationResult {
  readonly rowsRewrapped: number;
}

/** The service is sealed or ended meanwhile; the rotation goes on when it serves again. */
export class RotationInterrupted extends StartRefusal {
  constructor() {
    super(
      'The service was sealed or ended meanwhile.',
      'What was begun goes on by itself when the service is open again.',
    );
  }
}

/** Rows that fail their integrity check rest on the old key for all one knows; it is kept. */
export class RotationBlocked extends StartRefusal {
  constructor(unsound: number) {
    super(
      `${unsound} rows fail their integrity check, so the old key was not retired: they may rest on it.`,
      'keyhaven doctor names them. Once they are restored, run the rotation again: it goes on where it is.',
    );
  }
}

/**
 * Walks until nothing rests on the old key. Then bars it, so that no unit that was wrapped before can be stored any
 * more, and walks again: what came between is found then. When that walk finds nothing either, nothing is left.
 */
export async function rewrapUntilNothingRests(
  parts: RotationParts,
  scope: string,
  oldId: string,
): Promise<RotationResult> {
  let rowsRewrapped = 0;
  for (let isBarred = false; ;) {
    const pass = await rewrapScope(parts, scope, oldId, parts.isStopped, (read) => {
      parts.onProgress({ text: `rows of ${scope} read`, done: read });
    });
    if (parts.isStopped()) throw new RotationInterrupted();
    rowsRewrapped += pass.old;
    if (pass.old > 0) continue;
    if (pass.unsound > 0) throw new RotationBlocked(pass.unsound);
    if (isBarred) return { rowsRewrapped };
    parts.keyring.bar(oldId);
    isBarred = true;
  }
}
