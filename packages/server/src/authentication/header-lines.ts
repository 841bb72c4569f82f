/** The header lines of a request with their names in lower case. */
export interface HeaderLines {
  /** Lower-case names, one a line, in the order received. */
  readonly names: readonly string[];
  /** Names and values in turn, as received: the value of `names[i]` is at 2i + 1. */
  readonly raw: readonly string[];
}

/** Headers that have one meaning only; a second line would let two readers see two requests. */
const singleHeaders = [
  'host',
  'authorization',
  'x-amz-date',
  'date',
  'x-amz-target',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'x-keyhaven-forwarded-access',
  'x-keyhaven-source-arn',
  'x-keyhaven-source-account',
];

export function readHeaderLines(raw: readonly string[]): HeaderLines {
  const names: string[] = [];
  for (let i = 0; i < raw.length; i += 2) names.push((raw[i] ?? '').toLowerCase());
  return { names, raw };
}

/** The first value of a header, by its lower-case name. */
export function findHeader(headers: HeaderLines, name: string): string | undefined {
  const index = headers.names.indexOf(name);
  return index === -1 ? undefined : headers.raw[2 * index + 1];
}

/** Whether one of the headers that may come once (host, date, target, ...) comes more often. */
export function hasRepeatedHeader({ names }: HeaderLines): boolean {
  for (const name of singleHeaders) {
    const index = names.indexOf(name);
    if (index !== -1 && names.includes(name, index + 1)) return true;
  }
  return false;
}
