/** `damage`: something is not as Keyhaven wrote it. `warning`: it is, and somebody should still look at it. */
export type Severity = 'damage' | 'warning';

/** Something that an examination found. Plain data, never a secret: it is sent to operators and recorded. */
export interface Finding {
  readonly severity: Severity;
  /** What was looked at, in a few words that stay the same: `row-integrity`, `alias-target`, `journal-chain`. */
  readonly check: string;
  readonly table?: string;
  /** The primary key of the row, or the place in the journal. */
  readonly key?: string;
  /** A sentence for the operator. */
  readonly text: string;
}

const mostCharacters = 300;

/** What a row claims to be called may be anything: bounded, and with nothing that a terminal would obey. */
export function printable(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length <= mostCharacters ? plain : `${plain.slice(0, mostCharacters)}...`;
}

/** Whether two findings are of the same thing, however often it is found. */
export function identityOf({ check, table, key }: Finding): string {
  return `${check}|${table ?? ''}|${key ?? ''}`;
}
