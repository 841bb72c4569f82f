import type { Clock } from '../clock.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { heartbeatTable } from '../storage/tables.ts';
import { insert, update } from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { destroyDueKeys, type DestroyParts } from './destroy-keys.ts';
import { heartbeat } from './destruction-guard.ts';
import { rotateDueKeys } from './rotate-keys.ts';

const everyMs = 60_000;

/** Carries out what is due: at start, so that downtime is caught up with, and then once a minute. */
export class JobScheduler {
  readonly #parts: DestroyParts;
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  #lastBeatAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: DestroyParts, clock: Clock, alarm: Alarm) {
    this.#parts = parts;
    this.#storage = parts.storage;
    this.#clock = clock;
    this.#alarm = alarm;
  }

  /** Runs once, then every minute. */
  async start(): Promise<void> {
    await this.runDue();
    this.#timer = setInterval(() => void this.runDue(), everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Development only: the service's time was moved on purpose, which counts as running time. */
  async runAfterMove(movedMs: number): Promise<void> {
    await this.#enqueue(() => this.#beatAndRun(movedMs));
  }

  /** Rounds never overlap; an error is an alarm and the next round tries again. */
  runDue(): Promise<void> {
    return this.#enqueue(() => this.#beatAndRun(0));
  }

  #enqueue(round: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(round).catch((error: unknown) => {
      this.#alarm.raise('job failed', { reason: error instanceof Error ? error.message : String(error) });
    });
    return this.#running;
  }

  async #beatAndRun(movedMs: number): Promise<void> {
    const mayDestroy = await this.#beat(movedMs);
    const now = this.#clock.now();
    await rotateDueKeys(this.#parts, now);
    if (mayDestroy) await destroyDueKeys(this.#parts, now);
  }

  /** Records that the service is alive, and answers whether something irreversible may happen. */
  async #beat(movedMs: number): Promise<boolean> {
    const [[row]] = await this.#storage.snapshot(select(heartbeatTable, { singleton: 'heartbeat' }));
    const monotonic = this.#clock.monotonicNow();
    const ranMs = this.#lastBeatAt === undefined ? 0 : Math.round(monotonic - this.#lastBeatAt);
    const reading = { serviceTime: this.#clock.now(), elapsedMs: ranMs + movedMs };
    const last = {
      serviceTime: row?.service_time ?? reading.serviceTime,
      holdRemainingMs: row?.hold_remaining_ms ?? 0,
    };
    const { state, isSuspicious } = heartbeat(last, reading);
    if (isSuspicious) {
      this.#alarm.raise('clock stepped: destruction is held for 24 hours of running time', {
        lastHeartbeat: last.serviceTime,
        now: reading.serviceTime,
      });
    }
    const values = { service_time: state.serviceTime, hold_remaining_ms: state.holdRemainingMs };
    const change =
      row === undefined
        ? insert(heartbeatTable, { singleton: 'heartbeat', ...values })
        : update(heartbeatTable, row, values);
    const result = await this.#storage.commit({
      head: undefined,
      expect: [],
      changes: [change],
      audit: undefined,
    });
    if (result.kind !== 'committed') throw new Error(`the heartbeat could not be stored: ${result.kind}`);
    this.#lastBeatAt = monotonic;
    return state.holdRemainingMs === 0;
  }
}
