/** A request as it came off the socket, whole and undecoded. */
export interface WireRequest {
  readonly method: string;
  /** The request target up to `?`, undecoded. */
  readonly path: string;
  /** The request target after `?`, undecoded; empty when there is none. */
  readonly query: string;
  /** Header names and values in turn, as received; values are Latin-1 strings, one character a byte. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
}

/** A header's first value; `name` in lower case. */
export function findHeader(
  { rawHeaders }: Pick<WireRequest, 'rawHeaders'>,
  name: string,
): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index] ?? '';
    if (candidate.length === name.length && candidate.toLowerCase() === name) return rawHeaders[index + 1];
  }
  return undefined;
}
