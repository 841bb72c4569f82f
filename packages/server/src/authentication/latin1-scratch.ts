/**
 * Memory for one text at a time as Latin-1 bytes. Nothing here awaits, so one serves all requests; it grows with the
 * longest text, which the limit on a request's head bounds.
 */
export class Latin1Scratch {
  #bytes = Buffer.alloc(4096);

  /** The bytes of `text`, one a character, valid until the next call. */
  bytesOf(text: string): Buffer {
    if (text.length > this.#bytes.length) this.#bytes = Buffer.alloc(2 * text.length);
    const length = this.#bytes.write(text, 'latin1');
    return this.#bytes.subarray(0, length);
  }
}
