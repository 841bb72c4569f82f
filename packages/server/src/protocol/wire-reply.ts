/** What the client gets. */
export interface WireReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}
