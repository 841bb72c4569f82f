/** What a client may take up, in bytes and milliseconds; over TLS the same as over plain HTTP. */
export const limits = {
  /** All header lines together. */
  maxHeaderSize: 32 * 1024,
  /** A client that sends slower than this holds a connection for nothing. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} as const;

/** A client that has not finished its TLS handshake by then is cut off, as one whose header does not come. */
export const handshakeTimeoutMs = 10_000;

/** A bound on the memory that bodies and replies under way can take: each holds one request. */
export const mostConnections = 2048;

/** A socket that neither takes nor gives a byte for so long is closed, a client that never reads its reply too. */
export const silentSocketMs = 70_000;

/** How connections end; in milliseconds. */
export interface ConnectionTimings {
  /**
   * The next reply on a connection older than this is its last. So load spreads over what was started later, and a
   * replaced certificate goes out of use.
   */
  readonly ageMs: number;
  /**
   * How long, when the service is told to stop, a connection without a request may still bring one: it may be on its
   * way, and its client cannot know whether a request on a closed connection was carried out.
   */
  readonly lingerMs: number;
  /** How long requests under way may then take to end. */
  readonly drainMs: number;
}

export const connectionTimings: ConnectionTimings = {
  ageMs: 60 * 60 * 1000,
  lingerMs: 250,
  drainMs: 5_000,
};
