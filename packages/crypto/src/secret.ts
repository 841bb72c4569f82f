import { randomFillSync } from 'node:crypto';
import { inspect } from 'node:util';
import { equalConstantTime } from './constant-time.ts';
import { copySecretBytes, secretMemory } from './secret-memory.ts';

type Zeroised = (bytes: Buffer) => void;

let construct: (bytes: Buffer, onZeroised: Zeroised | undefined) => Secret;

/**
 * Secret bytes that cannot be printed or serialised, and that leave only inside `use(fn)`.
 * The bytes have memory of their own that never moves, and are zeroised by `dispose()`.
 */
export class Secret implements Disposable {
  #bytes: Buffer | undefined;
  #leases = 0;
  #disposed = false;
  readonly #onZeroised: Zeroised | undefined;
  readonly length: number;

  private constructor(bytes: Buffer, onZeroised: Zeroised | undefined) {
    this.#bytes = bytes;
    this.#onZeroised = onZeroised;
    this.length = bytes.length;
  }

  static {
    construct = (bytes, onZeroised) => new Secret(bytes, onZeroised);
  }

  /** Copies `bytes` and zeroises the argument. */
  static take(bytes: Uint8Array): Secret {
    const own = copySecretBytes(bytes);
    bytes.fill(0);
    return new Secret(own, undefined);
  }

  /** `length` bytes straight from the platform's random source, past the pool of `drawRandom`. */
  static random(length: number): Secret {
    return new Secret(randomFillSync(secretMemory(length)), undefined);
  }

  /**
   * Lends the bytes to `fn` for one synchronous call. `fn` must not keep the Buffer.
   * Throws an Error if the secret is disposed, a TypeError if `fn` returns a promise or other thenable.
   */
  use<T>(fn: (bytes: Buffer) => T): T {
    const bytes = this.#alive();
    this.#leases++;
    try {
      const result = fn(bytes);
      if (isThenable(result)) throw new TypeError('Secret.use takes a synchronous function; hold a lease');
      return result;
    } finally {
      this.#endLease();
    }
  }

  /** Compares in constant time; only the lengths may show. Throws an Error if either secret is disposed. */
  equals(other: Secret): boolean {
    return this.use((mine) => other.use((theirs) => equalConstantTime(mine, theirs)));
  }

  /**
   * Keeps the bytes from being zeroised until the lease is disposed, for work that `use` started and that
   * ends later (a signature in the thread pool). Throws an Error if the secret is disposed.
   */
  lease(): Disposable {
    this.#alive();
    this.#leases++;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#endLease();
      },
    };
  }

  /** Ends the secret: no new use or lease from now on; zeroised at once, or when the last lease ends. */
  dispose(): void {
    this.#disposed = true;
    if (this.#leases === 0) this.#zeroise();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return '[Secret]';
  }

  /** Throws a TypeError: a secret in a JSON document is a mistake, not a value to redact. */
  toJSON(): never {
    throw new TypeError('A Secret cannot be serialised');
  }

  [inspect.custom](): string {
    return '[Secret]';
  }

  #alive(): Buffer {
    if (this.#disposed || this.#bytes === undefined) throw new Error('The Secret was disposed');
    return this.#bytes;
  }

  #endLease(): void {
    this.#leases--;
    if (this.#disposed && this.#leases === 0) this.#zeroise();
  }

  #zeroise(): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    // Forgotten first, so that the memory is handed back exactly once whatever the owner does.
    this.#bytes = undefined;
    bytes.fill(0);
    this.#onZeroised?.(bytes);
  }
}

/**
 * A Secret over memory that its owner lends: `onZeroised` is called once, after the bytes were zeroised.
 * For `SecretSlab` only; not exported from the package.
 */
export function lendSecret(bytes: Buffer, onZeroised: Zeroised): Secret {
  return construct(bytes, onZeroised);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
