import { copySecretBytes, type KeyPair, Secret } from '@keyhaven/crypto';
import { type KeySpecRow, keyPairOf } from '../../keys/key-specs.ts';
import { AsymmetricThreads } from './threads.ts';

/** Pairs of one key spec that are made ahead of their use, at most. */
const mostReady = 4;

/** How far behind requests the making of pairs stands. */
const niceness = 10;

interface Stock {
  readonly spec: string;
  readonly ready: { readonly privateKey: Secret; readonly publicKey: Buffer }[];
  readonly waiting: {
    readonly resolve: (pair: KeyPair) => void;
    readonly reject: (error: unknown) => void;
  }[];
}

/**
 * Makes key pairs. Those that take long (RSA) are made by a thread of their own, some of them ahead: from the first
 * request for a key spec on, a few are kept ready, so that the next ones need not wait.
 */
export class KeyPairs {
  readonly #threads: AsymmetricThreads;
  readonly #maker = new AsymmetricThreads(1, niceness);
  readonly #stocks = new Map<string, Stock>();
  #isMaking = false;
  #isClosed = false;

  constructor(threads: AsymmetricThreads) {
    this.#threads = threads;
  }

  /** A fresh pair; the private key (PKCS#8) is the caller's to zeroise. */
  generate(spec: KeySpecRow): Promise<KeyPair> {
    if (!keyPairOf(spec).isSlowToGenerate) return this.#threads.run('generate', { spec: spec.name });
    const stock = this.#stockOf(spec.name);
    const ready = stock.ready.pop();
    const taken =
      ready === undefined
        ? new Promise<KeyPair>((resolve, reject) => stock.waiting.push({ resolve, reject }))
        : Promise.resolve(handOut(ready));
    void this.#make();
    return taken;
  }

  /** Zeroises what is ready and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { ready, waiting } of this.#stocks.values()) {
      for (const { privateKey } of ready.splice(0)) privateKey.dispose();
      for (const { reject } of waiting.splice(0)) reject(new Error('the service is being sealed'));
    }
    await this.#maker.close();
  }

  #stockOf(spec: string): Stock {
    let stock = this.#stocks.get(spec);
    if (stock === undefined) {
      stock = { spec, ready: [], waiting: [] };
      this.#stocks.set(spec, stock);
    }
    return stock;
  }

  /** One after the other: who waits comes first, then the stocks. */
  async #make(): Promise<void> {
    if (this.#isMaking) return;
    this.#isMaking = true;
    try {
      for (let stock = this.#next(); stock !== undefined; stock = this.#next()) await this.#makeFor(stock);
    } finally {
      this.#isMaking = false;
    }
  }

  #next(): Stock | undefined {
    if (this.#isClosed) return undefined;
    const stocks = [...this.#stocks.values()];
    return (
      stocks.find(({ waiting }) => waiting.length > 0) ?? stocks.find(({ ready }) => ready.length < mostReady)
    );
  }

  async #makeFor(stock: Stock): Promise<void> {
    try {
      const pair = await this.#maker.run('generate', { spec: stock.spec });
      const first = stock.waiting.shift();
      if (first !== undefined) first.resolve(pair);
      else if (this.#isClosed) pair.privateKey.fill(0);
      else stock.ready.push({ privateKey: Secret.take(pair.privateKey), publicKey: pair.publicKey });
    } catch (error) {
      // Whoever waits is told; what was only to be kept ready is made when it is asked for.
      for (const { reject } of stock.waiting.splice(0)) reject(error);
      this.#stocks.delete(stock.spec);
    }
  }
}

function handOut({ privateKey, publicKey }: Stock['ready'][number]): KeyPair {
  using secret = privateKey;
  return { privateKey: secret.use(copySecretBytes), publicKey };
}
