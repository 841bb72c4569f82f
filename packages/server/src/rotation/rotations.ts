import type { Clock } from '../clock.ts';
import { rootScope } from '../domain-keys/keyring.ts';
import type { RewrapParts } from './rewrap-scope.ts';
import { rotateDomainKey, scopesUnderRotation } from './rotate-domain-key.ts';
import { isRootKeyUnderRotation, rotateRootKey, type RootKeys } from './rotate-root-key.ts';
import {
  RotationInterrupted,
  type RotationParts,
  type RotationProgress,
  type RotationResult,
} from './rotation.ts';

type OnProgress = (progress: RotationProgress) => void;

/**
 * The rotations of this service, and whatever else must not meet one: one after the other. What was begun and not
 * ended, by a kill or because the service was sealed, is taken up again.
 */
export class Rotations {
  readonly #parts: RewrapParts & { readonly clock: Clock };
  readonly #rootKeys: RootKeys;
  #isStopped = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: RewrapParts & { readonly clock: Clock }, rootKeys: RootKeys) {
    this.#parts = parts;
    this.#rootKeys = rootKeys;
  }

  /** Takes up what is not ended, behind the requests; a failure is an alarm, and the next start tries again. */
  resume(): void {
    this.alone(async () => {
      const parts = this.#rotationParts(() => undefined);
      if (isRootKeyUnderRotation(this.#rootKeys)) await rotateRootKey(parts, this.#rootKeys);
      for (const scope of await scopesUnderRotation(parts)) await rotateDomainKey(parts, scope);
    }).catch((error: unknown) => {
      if (error instanceof RotationInterrupted) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.alarm.raise('rotation failed', { reason });
    });
  }

  rotateRoot(onProgress: OnProgress): Promise<RotationResult> {
    return this.alone(() => rotateRootKey(this.#rotationParts(onProgress), this.#rootKeys));
  }

  rotateDomain(scope: string, onProgress: OnProgress): Promise<RotationResult> {
    return this.alone(() => rotateDomainKey(this.#rotationParts(onProgress), scope));
  }

  /** Runs when nothing else that must not meet a rotation runs: a backup copies header and database of one moment. */
  alone<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#isStopped) throw new RotationInterrupted();
      return act();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Scopes that can be rotated: identity data and every Region in use. */
  scopes(): readonly string[] {
    return this.#parts.keyring.scopes().filter((scope) => scope !== rootScope);
  }

  /** What runs stops where it is, and nothing else begins; it goes on after the next opening. */
  interrupt(): void {
    this.#isStopped = true;
  }

  async stop(): Promise<void> {
    this.interrupt();
    await this.#last;
  }

  #rotationParts(onProgress: OnProgress): RotationParts {
    return { ...this.#parts, onProgress, isStopped: () => this.#isStopped };
  }
}
