import type { IncomingMessage } from 'node:http';

/** The largest legal request is about 360 kB; AWS does not publish its own limit. */
export const mostBodyBytes = 512 * 1024;

const empty = Buffer.alloc(0);

/** A body that is still coming: one buffer that doubles, so that a chunk of one byte costs one byte. */
class GrowingBody {
  readonly #isSecret: boolean;
  #bytes: Buffer = empty;
  #used = 0;

  constructor(isSecret: boolean) {
    this.#isSecret = isSecret;
  }

  get length(): number {
    return this.#used;
  }

  add(chunk: Buffer): void {
    if (this.#used === 0 && !this.#isSecret) {
      // Most bodies come whole, and are not copied.
      this.#bytes = chunk;
    } else {
      if (this.#used + chunk.length > this.#bytes.length) this.#grow(this.#used + chunk.length);
      chunk.copy(this.#bytes, this.#used);
      if (this.#isSecret) chunk.fill(0);
    }
    this.#used += chunk.length;
  }

  whole(): Buffer {
    return this.#used === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#used);
  }

  zeroise(): void {
    if (this.#isSecret) this.#bytes.fill(0);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length, 4096));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.zeroise();
    this.#bytes = grown;
  }
}

/**
 * Collects a body; `onBody` gets undefined when it grows beyond the limit, and nothing if the client goes away. Of a body
 * that `isSecret` no copy stays: it is zeroised when the request has ended.
 */
export function readBody(
  request: IncomingMessage,
  onBody: (body: Buffer | undefined) => void,
  { isSecret }: { readonly isSecret: boolean } = { isSecret: false },
): void {
  const body = new GrowingBody(isSecret);
  if (isSecret) {
    request.on('close', () => {
      body.zeroise();
    });
  }
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
