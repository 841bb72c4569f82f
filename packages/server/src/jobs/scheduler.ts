import { dropRandomPool } from '@keyhaven/crypto';
import type { Clock } from '../clock.ts';
import type { GrantPorts } from '../grants/open-grants.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { heartbeatTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { destroyDueKeys } from './destroy-keys.ts';
import { heartbeat } from './destruction-guard.ts';
import type { JobParts } from './due-keys.ts';
import { expireImportParameters } from './expire-import-parameters.ts';
import { expireDueMaterial } from './expire-material.ts';
import { removeEndedGrants } from './remove-ended-grants.ts';
import { rotateDueKeys } from './rotate-keys.ts';
import type { Settler } from './settler.ts';

const everyMs = 60_000;

const mostAttempts = 5;

/** What a round works with, but for the alarm. */
export interface RoundParts extends Omit<JobParts, 'alarm'> {
  readonly granting: Pick<GrantPorts, 'grantPropagation'>;
}

/** Carries out what is due: at start, so that downtime is caught up with, and then once a minute. */
export class JobScheduler {
  readonly #parts: JobParts & RoundParts;
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #isFolderHeld: () => boolean;
  readonly #settler: Pick<Settler, 'settle'>;
  /** Running time at the last heartbeat, in this process. */
  #lastBeatAt: number | undefined;
  /** How far service time was ahead of running time when the clocks were last taken to be right. */
  #trustedAheadMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Rounds that have not ended; the timer adds none to one that takes long. */
  #underWay = 0;

  /** `isFolderHeld` is asked before each round: nothing is done to a folder that another process may use. */
  constructor(
    parts: RoundParts,
    clock: Clock,
    alarm: Alarm,
    isFolderHeld: () => boolean,
    settler: Pick<Settler, 'settle'>,
  ) {
    this.#parts = { ...parts, alarm };
    this.#storage = parts.storage;
    this.#clock = clock;
    this.#alarm = alarm;
    this.#isFolderHeld = isFolderHeld;
    this.#settler = settler;
  }

  /** Runs once, then every minute. */
  async start(): Promise<void> {
    await this.runDue();
    this.#timer = setInterval(() => {
      if (this.#underWay === 0) void this.runDue();
    }, everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Development only: the service's time was moved on purpose, which counts as running time. */
  runAfterMove(): Promise<void> {
    return this.runDue();
  }

  /** Rounds never overlap; an error is an alarm and the next round tries again. */
  runDue(): Promise<void> {
    return this.#enqueue(() => this.#beatAndRun());
  }

  /** Does something between two rounds: what a destruction would have to wait for must not run beside it. */
  between<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#running.then(work);
    const over = () => undefined;
    this.#running = turn.then(over, over);
    return turn;
  }

  /**
   * Stores an operator's hold on destruction (since when, or null for its release) by `commit`, between two rounds:
   * once it is stored, nothing is destroyed any more. Rotations are not held.
   */
  async hold(heldSince: number | null, commit: (change: Change) => Promise<void>): Promise<void> {
    const turn = this.#running.then(async () => {
      const [[row]] = await this.#storage.snapshot(select(heartbeatTable, { singleton: 'heartbeat' }));
      if (row === undefined) throw new Error('the heartbeat is missing');
      await commit(update(heartbeatTable, row, { held_since: heldSince }));
    });
    this.#running = turn.catch(() => undefined);
    return turn;
  }

  #enqueue(round: () => Promise<void>): Promise<void> {
    this.#underWay++;
    this.#running = this.#running
      .then(round)
      .catch((error: unknown) => {
        this.#alarm.raise('job failed', { reason: error instanceof Error ? error.message : String(error) });
      })
      .finally(() => {
        this.#underWay--;
      });
    return this.#running;
  }

  async #beatAndRun(): Promise<void> {
    if (!this.#isFolderHeld()) throw new Error('the lock of the data folder is lost');
    const mayDestroy = await this.#beat();
    const now = this.#clock.now();
    await this.#settler.settle();
    await rotateDueKeys(this.#parts, now);
    await expireImportParameters(this.#parts, now);
    await removeEndedGrants(this.#parts, this.#parts.granting.grantPropagation, now);
    if (!mayDestroy) return;
    await expireDueMaterial(this.#parts, now);
    await destroyDueKeys(this.#parts, now);
  }

  /**
   * How long this process has run, in service time: the monotonic clock, and the development clock's moves, which
   * count as running time. Read from the clock itself, so that a round between a move and its own round is not misled.
   */
  #runningTime(): number {
    return Math.round(this.#clock.monotonicNow() + this.#clock.now() - this.#clock.wallNow());
  }

  /** Records that the service is alive, and answers whether something irreversible may happen. */
  async #beat(): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const mayDestroy = await this.#beatOnce();
      if (mayDestroy !== undefined) return mayDestroy;
      if (attempt === mostAttempts) throw new Error('the heartbeat could not be stored: conflict');
    }
  }

  /** Undefined where the row was written anew meanwhile, by a rotation of the key that protects it. */
  async #beatOnce(): Promise<boolean | undefined> {
    const [[row]] = await this.#storage.snapshot(select(heartbeatTable, { singleton: 'heartbeat' }));
    const runningTime = this.#runningTime();
    const elapsedMs = this.#lastBeatAt === undefined ? 0 : runningTime - this.#lastBeatAt;
    const serviceTime = this.#clock.now();
    this.#trustedAheadMs ??= serviceTime - runningTime;
    const driftMs = serviceTime - runningTime - this.#trustedAheadMs;
    const reading = { serviceTime, elapsedMs, driftMs };
    const last = {
      serviceTime: row?.service_time ?? reading.serviceTime,
      holdRemainingMs: row?.hold_remaining_ms ?? 0,
    };
    const { state, isSuspicious } = heartbeat(last, reading);
    if (isSuspicious) {
      // Perhaps a snapshot of this machine was resumed: what its twin draws from the same pool must not be drawn here.
      dropRandomPool();
      this.#alarm.raise('clock stepped: destruction is held for 24 hours of running time', {
        lastHeartbeat: last.serviceTime,
        now: reading.serviceTime,
      });
    }
    const values = { service_time: state.serviceTime, hold_remaining_ms: state.holdRemainingMs };
    const isHeldByOperator = (row?.held_since ?? null) !== null;
    const change =
      row === undefined
        ? insert(heartbeatTable, { singleton: 'heartbeat', ...values, held_since: null })
        : update(heartbeatTable, row, values);
    const result = await this.#storage.commit({
      head: undefined,
      expect: [],
      changes: [change],
      audit: undefined,
    });
    if (result.kind === 'conflict') return undefined;
    if (result.kind === 'failed') throw new Error(`the heartbeat could not be stored: ${result.reason}`);
    if (isSuspicious) this.#trustedAheadMs = serviceTime - runningTime;
    this.#lastBeatAt = runningTime;
    return state.holdRemainingMs === 0 && !isHeldByOperator;
  }
}
