import type { Secret } from '@keyhaven/crypto';
import { readPassphrase } from './read-passphrase.ts';
import { openSeal, unsealingNeeds } from '../seal/providers.ts';
import { readSealHeader, type SealHeader } from '../seal/seal-header.ts';
import { SealRefusal } from '../seal/seal-refusal.ts';
import { ShareCollection, type ShareProgress } from '../seal/share-collection.ts';
import type { Lifecycle } from './lifecycle.ts';
import { refuseUnsafeStart } from './refuse-unsafe-start.ts';
import type { Surroundings } from './surroundings.ts';

/** Shares that nobody completes are forgotten. */
const sharesForMs = 15 * 60 * 1000;

const retryMs = 15_000;

/** Who opens the seal where nobody was asked. */
const atStart = 'start';

/** Brings what a seal needs (nothing, a passphrase, shares) to the seal, and the sealing key to the lifecycle. */
export class Unsealer implements Disposable {
  readonly #surroundings: Surroundings;
  readonly #lifecycle: Lifecycle;
  #shares: ShareCollection | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(surroundings: Surroundings, lifecycle: Lifecycle) {
    this.#surroundings = surroundings;
    this.#lifecycle = lifecycle;
  }

  /** Read anew each time: a restore or another process may have put another one there while the service was sealed. */
  header(): SealHeader {
    const { folder } = this.#surroundings;
    const header = readSealHeader(folder.sealHeader);
    if (header !== undefined) return header;
    throw new SealRefusal(
      `The folder ${folder.path} has lost its seal header.`,
      'Restore seal.json from a backup: nothing in the database opens without it.',
    );
  }

  /**
   * Opens what needs no person, and what a passphrase opens that the options say where to read. Otherwise the service
   * waits, sealed. A seal in another service that is away for the moment is asked again until somebody unseals.
   */
  async openAtStart(): Promise<void> {
    const since = this.#lifecycle.sealings;
    const needs = this.needs();
    using passphrase = readPassphrase(this.#surroundings.options);
    if (!needs.automatic && (needs.by === 'shares' || passphrase === undefined)) return;
    try {
      await this.open(passphrase, atStart);
    } catch (error) {
      if (!(error instanceof SealRefusal) || !error.isTransient) throw error;
      this.#openLater(since);
    }
  }

  /** Who seals the service ends this: it must not open again by itself. */
  #openLater(since: number): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      if (this.#lifecycle.state !== 'sealed' || this.#lifecycle.sealings !== since) return;
      this.open(undefined, atStart).catch(() => {
        // The attempt has raised an alarm.
        this.#openLater(since);
      });
    }, retryMs);
    this.#retry.unref();
  }

  /** How far the entering of shares has come; undefined where none is entered. */
  get progress(): ShareProgress | undefined {
    const progress = this.#shares?.progress;
    return progress === undefined || progress.entered === 0 ? undefined : progress;
  }

  /** With what the seal needs no person for, or with the passphrase; the passphrase stays the caller's to dispose. */
  async open(passphrase: Secret | undefined, by: string): Promise<void> {
    const since = this.#lifecycle.sealings;
    const header = this.header();
    const { installationId, seal } = header;
    // Whoever can write the folder may have put a header of another kind there since the start.
    refuseUnsafeStart(this.#surroundings.options, { sealKind: seal.kind });
    const place = { installationId, dataFolder: this.#surroundings.folder.path };
    await this.#attempt(by, async () => {
      const sealingKey = await openSeal(seal, passphrase === undefined ? place : { ...place, passphrase });
      await this.#lifecycle.unseal(header, sealingKey, by, since);
    });
  }

  /** One more share, which moves here; the service opens with the one that reaches the threshold. */
  async addShare(share: Secret, by: string): Promise<ShareProgress> {
    const since = this.#lifecycle.sealings;
    const header = this.header();
    if (header.seal.kind !== 'shamir') {
      share.dispose();
      throw new SealRefusal(
        `This installation is sealed by ${header.seal.kind}, not by shares.`,
        'keyhaven seal status says what it needs.',
      );
    }
    const { parameters } = header.seal;
    this.#shares ??= new ShareCollection(parameters, sharesForMs);
    const shares = this.#shares;
    return this.#attempt(by, async () => {
      const { sealingKey, ...progress } = await shares.add(share);
      if (sealingKey === undefined) return progress;
      this.#shares = undefined;
      await this.#lifecycle.unseal(header, sealingKey, by, since);
      return progress;
    });
  }

  needs(): ReturnType<typeof unsealingNeeds> {
    return unsealingNeeds(this.header().seal);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#retry);
    this.#shares?.dispose();
  }

  /** A seal that does not open is an alarm, and the journal is told of it as soon as there is one. */
  async #attempt<T>(by: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof SealRefusal)) throw error;
      const reason = error.message;
      this.#surroundings.alarm.raise('unsealing failed', { operator: by, reason });
      this.#lifecycle.note('UnsealFailed', { operator: by, errorMessage: reason });
      throw error;
    }
  }
}
