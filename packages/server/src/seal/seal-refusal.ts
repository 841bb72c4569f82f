import { StartRefusal } from '../start-refusal.ts';

/** Why a seal is not made or does not open, and what to do about it. It never says anything that was entered. */
export class SealRefusal extends StartRefusal {
  /** Whether the same attempt may succeed later although nothing is mended: a network, another service. */
  readonly isTransient: boolean;

  constructor(reason: string, nextStep: string, { isTransient = false } = {}) {
    super(reason, nextStep);
    this.name = 'SealRefusal';
    this.isTransient = isTransient;
  }
}
