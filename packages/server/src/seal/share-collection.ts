import { equalConstantTime, type Secret } from '@keyhaven/crypto';
import type { ShamirSealParameters } from './shamir-seal.ts';
import { SealRefusal } from './seal-refusal.ts';
import { type Share, parseShare, shareDigest } from './share-text.ts';
import { combineShares } from './sharing.ts';

/** How far an unsealing by shares has come. */
export interface ShareProgress {
  readonly entered: number;
  /** The threshold. */
  readonly needed: number;
  /** The numbers of the shares entered so far, in that order. */
  readonly numbers: readonly number[];
}

/** The sealing key comes with the share that reaches the threshold; it is the caller's to dispose. */
export type ShareOutcome = ShareProgress & { readonly sealingKey: Secret | undefined };

/**
 * Collects the shares for one unsealing, one by one. Whether a share is the right one is said of all of them together,
 * when there are enough: whoever tries out shares alone learns nothing. Each end (the key, a refusal at the threshold,
 * the time-out, `dispose`) drops every share, and the next one entered begins anew.
 */
export class ShareCollection implements Disposable {
  readonly #parameters: ShamirSealParameters;
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  readonly #shares = new Map<number, Share>();
  #timer: NodeJS.Timeout | undefined;

  /** The time runs from the first share; after it `onTimeout` is called and nothing is left. */
  constructor(parameters: ShamirSealParameters, timeoutMs: number, onTimeout: () => void = () => undefined) {
    this.#parameters = parameters;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  get progress(): ShareProgress {
    const numbers = [...this.#shares.keys()];
    return { entered: numbers.length, needed: this.#parameters.threshold, numbers };
  }

  /**
   * Takes one more share and disposes of its text. Throws a SealRefusal, and keeps what was entered before, for a text
   * that is no share, has a typing error, belongs to another set or was entered already; throws one that names the
   * wrong shares, and keeps none, when the threshold is reached with them.
   */
  async add(text: Secret): Promise<ShareOutcome> {
    const share = this.#read(text);
    this.#timer ??= setTimeout(() => this.#expire(), this.#timeoutMs).unref();
    this.#shares.set(share.number, share);
    const { progress } = this;
    if (progress.entered < progress.needed) return { ...progress, sealingKey: undefined };
    return { ...progress, sealingKey: await this.#combine() };
  }

  dispose(): void {
    for (const { value } of this.#takeAll()) value.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #read(text: Secret): Share {
    let share: Share | undefined;
    try {
      share = parseShare(text);
      this.#refuseUnfit(share);
      return share;
    } catch (error) {
      share?.value.dispose();
      throw error;
    } finally {
      text.dispose();
    }
  }

  #refuseUnfit({ setId, number, threshold }: Share): void {
    const own = this.#parameters;
    if (setId !== own.setId) {
      throw new SealRefusal(
        `The share belongs to set ${setId}, but this installation is sealed with set ${own.setId}.`,
        'Shares of an earlier seal or of another installation open nothing here: enter one of this set.',
      );
    }
    if (threshold !== own.threshold || number > own.digests.length) {
      throw new SealRefusal(
        `There is no share ${number} that needs ${threshold} in set ${setId}.`,
        'The share or the seal header was changed: compare the share with the original.',
      );
    }
    if (this.#shares.has(number)) {
      throw new SealRefusal(`Share ${number} was entered already.`, 'Enter another share of the set.');
    }
  }

  async #combine(): Promise<Secret> {
    const shares = this.#takeAll();
    try {
      const wrong = shares.filter((share) => !this.#isKnown(share)).map(({ number }) => number);
      if (wrong.length > 0) throw wrongShares(wrong);
      return await combineShares(shares.map(({ value }) => value));
    } catch (error) {
      if (error instanceof SealRefusal) throw error;
      throw wrongShares(shares.map(({ number }) => number));
    } finally {
      for (const { value } of shares) value.dispose();
    }
  }

  #isKnown(share: Share): boolean {
    const known = Buffer.from(this.#parameters.digests[share.number - 1] ?? '', 'base64');
    return equalConstantTime(shareDigest(share), known);
  }

  #expire(): void {
    this.dispose();
    this.#onTimeout();
  }

  #takeAll(): readonly Share[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const shares = [...this.#shares.values()];
    this.#shares.clear();
    return shares;
  }
}

function wrongShares(numbers: readonly number[]): SealRefusal {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [named, verb] =
    sorted.length === 1 ? [`Share ${sorted.join()}`, 'is'] : [`The shares ${sorted.join(', ')}`, 'are'];
  return new SealRefusal(
    `${named} ${verb} not what was handed out.`,
    'No share is kept: begin anew with the first one, and replace those named here by others of the set.',
  );
}
