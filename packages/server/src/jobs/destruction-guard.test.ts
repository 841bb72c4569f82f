import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heartbeat, holdMs } from './destruction-guard.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

describe('The guard of destruction', () => {
  it.each([
    ['a minute of running', 0, minute, minute, 0],
    ['a week of running in one step', 0, 7 * day, 7 * day, 0],
    ['a restart within the hour', 0, hour, 0, 0],
    ['a restart after more than an hour', 0, hour + 1, 0, holdMs],
    ['a step of the clock forward by more than an hour', 0, minute + hour + 1, minute, holdMs],
    ['a step of the clock back by an hour', 0, minute - hour, minute, 0],
    ['a step of the clock back by more than an hour', 0, minute - hour - 1, minute, holdMs],
    ['running during a hold', holdMs, minute, minute, holdMs - minute],
    ['a restart during a hold', holdMs - minute, 0, 0, holdMs - minute],
    ['a short outage during a hold, which does not count', holdMs - minute, hour, 0, holdMs - minute],
    ['the last minute of a hold', minute, minute, minute, 0],
    ['more running than the hold had left', minute, hour, hour, 0],
    ['another step during a hold', minute, day, minute, holdMs],
  ])('after %s holds destruction for the right time', (_what, held, passedMs, elapsedMs, holdRemainingMs) => {
    const last = { serviceTime: start, holdRemainingMs: held };
    const { state } = heartbeat(last, { serviceTime: start + passedMs, elapsedMs, driftMs: 0 });
    expect(state).toEqual({ serviceTime: start + passedMs, holdRemainingMs });
  });

  it.each([
    [hour, 0],
    [hour + 1, holdMs],
    [-hour, 0],
    [-hour - 1, holdMs],
  ])(
    'with a clock that has drifted by %i ms in small steps holds for the right time',
    (driftMs, holdRemainingMs) => {
      const last = { serviceTime: start, holdRemainingMs: 0 };
      const { state } = heartbeat(last, { serviceTime: start + minute, elapsedMs: minute, driftMs });
      expect(state.holdRemainingMs).toBe(holdRemainingMs);
    },
  );

  const beat = fc.record({
    passedMs: fc.integer({ min: -3 * day, max: 3 * day }),
    elapsedMs: fc.integer({ min: 0, max: 3 * day }),
  });

  it('never lets a hold end before 24 hours of running since the last disagreement', () => {
    fc.assert(
      fc.property(fc.array(beat, { maxLength: 50 }), (beats) => {
        let state = { serviceTime: start, holdRemainingMs: 0 };
        let ranSince = Infinity;
        for (const { passedMs, elapsedMs } of beats) {
          const outcome = heartbeat(state, {
            serviceTime: state.serviceTime + passedMs,
            elapsedMs,
            driftMs: 0,
          });
          ranSince = Math.abs(passedMs - elapsedMs) > hour ? 0 : ranSince + elapsedMs;
          expect(outcome.isSuspicious).toBe(ranSince === 0 && Math.abs(passedMs - elapsedMs) > hour);
          expect(outcome.state.holdRemainingMs === 0).toBe(ranSince >= holdMs);
          state = outcome.state;
        }
      }),
    );
  });

  it('never holds while the clocks agree within an hour', () => {
    const agreeing = fc.record({ elapsedMs: fc.nat(3 * day), drift: fc.integer({ min: -hour, max: hour }) });
    fc.assert(
      fc.property(fc.array(agreeing), (beats) => {
        let state = { serviceTime: start, holdRemainingMs: 0 };
        for (const { elapsedMs, drift } of beats) {
          state = heartbeat(state, {
            serviceTime: state.serviceTime + elapsedMs + drift,
            elapsedMs,
            driftMs: 0,
          }).state;
          expect(state.holdRemainingMs).toBe(0);
        }
      }),
    );
  });
});
