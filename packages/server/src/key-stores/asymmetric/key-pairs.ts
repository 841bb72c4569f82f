import { throttling } from '@keyhaven/api-model';
import { copySecretBytes, type KeyPair, Secret } from '@keyhaven/crypto';
import { type KeySpecRow, keyPairOf } from '../../keys/key-specs.ts';
import { FairQueue } from './fair-queue.ts';
import { AsymmetricThreads } from './threads.ts';

/** Pairs of one key spec that are made ahead of their use, at most. */
const mostReady = 4;

/** How far behind requests the making of pairs stands. */
const niceness = 10;

/**
 * Pairs that one account may wait for at once. Each takes a second or more: who waits much longer than a minute loses the
 * connection, and the pair is made for nobody.
 */
const mostWaiting = 32;

interface Stock {
  readonly spec: string;
  readonly ready: { readonly privateKey: Secret; readonly publicKey: Buffer }[];
}

interface Waiter {
  readonly spec: string;
  readonly resolve: (pair: KeyPair) => void;
  readonly reject: (error: unknown) => void;
}

/** What is made next: a pair for somebody, or one to keep ready. */
interface Next {
  readonly spec: string;
  readonly waiter?: Waiter;
}

/**
 * Makes key pairs. Those that take long (RSA) are made by a thread of their own, some of them ahead: from the first
 * request for a key spec on, a few are kept ready, so that the next ones need not wait. Accounts take turns.
 */
export class KeyPairs {
  readonly #threads: AsymmetricThreads;
  readonly #maker = new AsymmetricThreads(1, niceness);
  readonly #stocks = new Map<string, Stock>();
  readonly #waiting = new FairQueue<Waiter>();
  /** Whose pair is being made. */
  #served: Waiter | undefined;
  #isMaking = false;
  #refusal: (() => Error) | undefined;

  constructor(threads: AsymmetricThreads) {
    this.#threads = threads;
  }

  /**
   * A fresh pair; the private key (PKCS#8) is the caller's to zeroise. Throws ThrottlingException where the account waits
   * for many that take long.
   */
  generate(spec: KeySpecRow, accountId: string): Promise<KeyPair> {
    const { name } = spec;
    if (!keyPairOf(spec).isSlowToGenerate) return this.#threads.run('generate', { spec: name }, accountId);
    if (this.#refusal !== undefined) throw this.#refusal();
    const ready = this.#stockOf(name).ready.pop();
    const taken = ready === undefined ? this.#waitFor(name, accountId) : Promise.resolve(handOut(ready));
    void this.#make();
    return taken;
  }

  /** From here on makes nothing: who waits, and who still asks, is refused with this error. */
  refuseWaiting(error: () => Error): void {
    this.#refusal = error;
    this.#served?.reject(error());
    for (const { reject } of this.#waiting.take(() => true)) reject(error());
  }

  /** Zeroises what is ready and ends the thread. */
  async close(): Promise<void> {
    this.refuseWaiting(() => new Error('the making of key pairs has ended'));
    for (const { ready } of this.#stocks.values())
      for (const { privateKey } of ready.splice(0)) privateKey.dispose();
    await this.#maker.close();
  }

  #waitFor(spec: string, accountId: string): Promise<KeyPair> {
    if (this.#waiting.lengthOf(accountId) >= mostWaiting) throw throttling();
    return new Promise<KeyPair>((resolve, reject) => {
      this.#waiting.push(accountId, { spec, resolve, reject });
    });
  }

  #stockOf(spec: string): Stock {
    let stock = this.#stocks.get(spec);
    if (stock === undefined) {
      stock = { spec, ready: [] };
      this.#stocks.set(spec, stock);
    }
    return stock;
  }

  /** One after the other: who waits comes first, then the stocks. */
  async #make(): Promise<void> {
    if (this.#isMaking) return;
    this.#isMaking = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#makeFor(next);
    } finally {
      this.#isMaking = false;
    }
  }

  #next(): Next | undefined {
    if (this.#refusal !== undefined) return undefined;
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) return { spec: waiter.spec, waiter };
    return [...this.#stocks.values()].find(({ ready }) => ready.length < mostReady);
  }

  async #makeFor({ spec, waiter }: Next): Promise<void> {
    this.#served = waiter;
    try {
      const { privateKey, publicKey } = await this.#maker.run('generate', { spec });
      if (this.#refusal !== undefined) privateKey.fill(0);
      else if (waiter !== undefined) waiter.resolve({ privateKey, publicKey });
      else this.#stockOf(spec).ready.push({ privateKey: Secret.take(privateKey), publicKey });
    } catch (error) {
      // Whoever waits is told; what was only to be kept ready is made when it is asked for.
      waiter?.reject(error);
      for (const { reject } of this.#waiting.take((other) => other.spec === spec)) reject(error);
      this.#stocks.delete(spec);
    }
  }
}

function handOut({ privateKey, publicKey }: Stock['ready'][number]): KeyPair {
  using secret = privateKey;
  return { privateKey: secret.use(copySecretBytes), publicKey };
}
