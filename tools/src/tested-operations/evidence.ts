import type { SeenOperations } from '@keyhaven/testkit/seen-operations';

/** Which outcomes of an operation passing black-box tests have brought about. */
export interface Evidence {
  readonly success: boolean;
  readonly refusal: boolean;
}

/** By operation, in alphabetical order. */
export type TestedOperations = Readonly<Record<string, Evidence>>;

/** One test file as a run left it. */
export interface RanFile {
  /** From the repository's root. */
  readonly path: string;
  readonly hasPassed: boolean;
  readonly seen: SeenOperations;
}

/** Where the tests are that know nothing of the service but its wire. */
const blackBox = 'conformance/';

const none: Evidence = { success: false, refusal: false };

/** What the black-box tests that passed have shown. A file with a failure shows nothing: it may be its only assertion. */
export function evidenceOf(files: readonly RanFile[]): TestedOperations {
  const counted = files.filter(({ path, hasPassed }) => hasPassed && path.startsWith(blackBox));
  return counted.reduce<TestedOperations>((all, { seen }) => join(all, seen), {});
}

/** What either of two runs has shown. */
export function join(one: TestedOperations, other: TestedOperations): TestedOperations {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return Object.fromEntries(
    names.map((name) => {
      const [a, b] = [one[name] ?? none, other[name] ?? none];
      return [name, { success: a.success || b.success, refusal: a.refusal || b.refusal }];
    }),
  );
}

/** Each outcome that is claimed and was not shown, in a line. */
export function unprovenClaims(claimed: TestedOperations, shown: TestedOperations): readonly string[] {
  return Object.entries(claimed).flatMap(([name, claim]) => {
    const proof = shown[name] ?? none;
    return [
      ...(claim.success && !proof.success ? [`${name}: no passing test lets it succeed`] : []),
      ...(claim.refusal && !proof.refusal ? [`${name}: no passing test has it refused`] : []),
    ];
  });
}

/** Reads what `JSON.stringify` made of evidence. Throws an Error for anything else. */
export function parseTestedOperations(text: string): TestedOperations {
  const parsed: unknown = JSON.parse(text);
  const entries = Object.entries(parsed as object).map(([name, outcomes]: [string, unknown]) => {
    if (!isEvidence(outcomes)) throw new Error(`what is said of ${name} is no evidence`);
    return [name, outcomes] as const;
  });
  return Object.fromEntries(entries);
}

function isEvidence(value: unknown): value is Evidence {
  if (typeof value !== 'object' || value === null) return false;
  const { success, refusal, ...rest } = value as Readonly<Record<string, unknown>>;
  return typeof success === 'boolean' && typeof refusal === 'boolean' && Object.keys(rest).length === 0;
}
