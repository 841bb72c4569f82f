import type { IncomingMessage } from 'node:http';

/** The largest legal request is about 360 kB; AWS does not publish its own limit. */
export const mostBodyBytes = 512 * 1024;

const empty = Buffer.alloc(0);

/** A body that is still coming: one buffer that doubles, so that a chunk of one byte costs one byte. */
class GrowingBody {
  #bytes: Buffer = empty;
  #used = 0;

  get length(): number {
    return this.#used;
  }

  add(chunk: Buffer): void {
    if (this.#used === 0) {
      // Most bodies come whole, and are not copied.
      this.#bytes = chunk;
    } else {
      if (this.#used + chunk.length > this.#bytes.length) this.#grow(this.#used + chunk.length);
      chunk.copy(this.#bytes, this.#used);
    }
    this.#used += chunk.length;
  }

  whole(): Buffer {
    return this.#used === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#used);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length, 4096));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }
}

/** Collects a body; `onBody` gets undefined when it grows beyond the limit, and nothing if the client goes away. */
export function readBody(request: IncomingMessage, onBody: (body: Buffer | undefined) => void): void {
  const body = new GrowingBody();
  request.on('data', (chunk: Buffer) => {
    if (body.length + chunk.length <= mostBodyBytes) {
      body.add(chunk);
      return;
    }
    request.removeAllListeners('data');
    request.removeAllListeners('end');
    request.resume();
    onBody(undefined);
  });
  request.on('end', () => {
    onBody(body.whole());
  });
}
