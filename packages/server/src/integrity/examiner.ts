import { StartRefusal } from '../start-refusal.ts';
import { type DoctorParts, type DoctorProgress, type DoctorReport, examine } from './doctor.ts';

/** Examines a running service on demand, and stops when the service does: then the store is closed under it. */
export class Examiner {
  readonly #parts: DoctorParts;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(parts: DoctorParts) {
    this.#parts = parts;
  }

  /** Throws StartRefusal where the service stops meanwhile. */
  async examine(onProgress: (progress: DoctorProgress) => void): Promise<DoctorReport> {
    const { signal } = this.#stopping;
    const examination = examine(this.#parts, onProgress, signal);
    const settled = examination.catch(() => undefined);
    this.#underWay.add(settled);
    try {
      return await examination;
    } finally {
      this.#underWay.delete(settled);
    }
  }

  /** Resolves when nothing is being examined any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(
      new StartRefusal(
        'The examination was stopped, because the service is being sealed or ended.',
        'Run it again once the service is open.',
      ),
    );
    await Promise.all(this.#underWay);
  }
}
