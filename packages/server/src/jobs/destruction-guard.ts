/**
 * May something irreversible happen now? Only while the wall clock, the monotonic clock and the last heartbeat in the
 * store agree. After a gap or a step of more than an hour, destruction waits for 24 hours of running time, so that
 * neither a long outage nor a wrong clock destroys a key that somebody would still have saved.
 */
export interface GuardState {
  /** Service time at the last heartbeat, epoch milliseconds. */
  readonly serviceTime: number;
  /** Running time that destruction still has to wait for. */
  readonly holdRemainingMs: number;
}

export interface GuardReading {
  readonly serviceTime: number;
  /** Running time since the last heartbeat of this process; 0 at the first one after a start. */
  readonly elapsedMs: number;
  /** By how much the wall clock has gone ahead of running time since this process last trusted it: many small steps. */
  readonly driftMs: number;
}

const hourMs = 60 * 60 * 1000;
export const holdMs = 24 * hourMs;

/** The state after a heartbeat, and whether the clocks disagreed by more than an hour. */
export function heartbeat(
  last: GuardState,
  { serviceTime, elapsedMs, driftMs }: GuardReading,
): { readonly state: GuardState; readonly isSuspicious: boolean } {
  const difference = serviceTime - last.serviceTime - elapsedMs;
  const isSuspicious = Math.abs(difference) > hourMs || Math.abs(driftMs) > hourMs;
  const served = Math.max(0, last.holdRemainingMs - elapsedMs);
  return { state: { serviceTime, holdRemainingMs: isSuspicious ? holdMs : served }, isSuspicious };
}
