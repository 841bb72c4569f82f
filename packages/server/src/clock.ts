/**
 * The only source of time. `now` is the service's time: in the development profile it can be moved ahead of the
 * wall clock, for tests of rotation and deletion. `wallNow` is the machine's, which signatures are checked against.
 * All in milliseconds; `monotonicNow` since an arbitrary moment, never stepping.
 */
export interface Clock {
  now(): number;
  wallNow(): number;
  monotonicNow(): number;
}

export class SystemClock implements Clock {
  #offsetMs: number;

  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Development only: moves the service's time ahead. */
  advance(ms: number): void {
    this.#offsetMs += ms;
  }

  /** Where an earlier process left the service's time: this far ahead of the wall clock. */
  moveTo(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  wallNow(): number {
    return Date.now();
  }

  monotonicNow(): number {
    return performance.now();
  }
}
