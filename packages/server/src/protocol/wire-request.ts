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
}
