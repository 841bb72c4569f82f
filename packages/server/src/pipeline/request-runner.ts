import { AwsError, internal, throttling } from '@keyhaven/api-model';
import type { Journal } from '../audit/journal.ts';
import { renderRecord } from '../audit/record.ts';
import type { OutboxTrimmer } from '../audit/outbox-trimmer.ts';
import type { SecurityLog } from '../audit/security-log.ts';
import { protocolFor, type Protocols } from '../protocol/decode.ts';
import type { LastUsages } from '../usage/last-usages.ts';
import { WireRefusal } from '../protocol/wire-refusal.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import type { Admission } from './admission.ts';
import type { WireReply } from '../protocol/wire-reply.ts';
import type { Call } from './call.ts';
import { CommitConflict } from '../storage/unit-of-work.ts';
import { RetryLine } from './retry-line.ts';
import { restartStage, type Stage } from './stages.ts';
import { zeroiseOutput } from './zeroise-output.ts';

/** How often a write that lost a race starts again before it gives up. */
const mostAttempts = 5;

export type Respond = (reply: WireReply, requestId: string) => void;

interface Finished {
  readonly call: Call;
  readonly reply: WireReply;
  readonly respond: Respond;
}

export interface RunnerParts {
  readonly stages: readonly Stage[];
  readonly protocols: Protocols;
  readonly admission: Admission;
  readonly journal: Journal;
  readonly securityLog: SecurityLog;
  readonly alarm: Alarm;
  readonly outbox: OutboxTrimmer;
  readonly lastUsages: LastUsages;
  /** Whether replies wait until their records are on the disk; else they are in the kernel. */
  readonly isJournalSyncedFirst: boolean;
}

/**
 * Runs requests through the stages, records every outcome, then answers. Requests that end in one turn of the event
 * loop share one journal write; no reply leaves before its record is in the kernel.
 */
export class RequestRunner {
  readonly #parts: RunnerParts;
  readonly #restartAt: number;
  #finished: Finished[] = [];
  /** Requests that have begun and are not answered. */
  #underWay = 0;
  readonly #retryLine = new RetryLine();
  #onIdle: (() => void) | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#restartAt = parts.stages.findIndex(({ name }) => name === restartStage);
  }

  run(call: Call, respond: Respond): void {
    this.#underWay++;
    this.#advance(call, respond, 0, 1);
  }

  /** Resolves when every request that has begun is answered. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #advance(call: Call, respond: Respond, from: number, attempt: number): void {
    const { stages } = this.#parts;
    try {
      for (let index = from; index < stages.length; index++) {
        const pending = stages[index]?.run(call);
        if (pending instanceof Promise) {
          pending.then(
            () => {
              this.#advance(call, respond, index + 1, attempt);
            },
            (error: unknown) => {
              this.#fail(call, respond, error, attempt);
            },
          );
          return;
        }
      }
    } catch (error) {
      this.#fail(call, respond, error, attempt);
      return;
    }
    this.#finish(call, respond);
  }

  #fail(call: Call, respond: Respond, error: unknown, attempt: number): void {
    if (error instanceof CommitConflict && attempt < mostAttempts) {
      this.#startAgain(call, respond, attempt + 1);
      return;
    }
    if (error instanceof WireRefusal) {
      this.#answer({ call, reply: error, respond });
      return;
    }
    // Who loses every time is one of too many: the SDKs wait and send again.
    if (error instanceof CommitConflict) call.error = throttling();
    else call.error = error instanceof AwsError ? error : this.#unexpected(call, error);
    this.#finish(call, respond);
  }

  /** What the write rests on has changed: it loads again, after those who lost before it. */
  #startAgain(call: Call, respond: Respond, attempt: number): void {
    const advance = () => {
      this.#advance(call, respond, this.#restartAt, attempt);
    };
    if (call.leaveLine !== undefined) {
      advance();
      return;
    }
    const { accountId, region } = call.caller;
    this.#retryLine.enter(`${accountId}/${region}`, (leave) => {
      call.leaveLine = leave;
      advance();
    });
  }

  /** A fault of ours, or damage in the store: the client learns nothing but that, the operator everything. */
  #unexpected(call: Call, error: unknown): AwsError {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#parts.alarm.raise('request failed', { requestId: call.requestId, reason });
    return internal();
  }

  #finish(call: Call, respond: Respond): void {
    this.#answer({ call, reply: this.#render(call), respond });
  }

  #render(call: Call): WireReply {
    const { error, requestId } = call;
    const protocol =
      (call.protocol as Call['protocol'] | undefined) ?? protocolFor(call.wire, this.#parts.protocols);
    if (error === undefined) {
      const reply = protocol.renderOutcome(call.operation, call.outcome, requestId);
      zeroiseOutput(call.operation, call.outcome);
      return reply;
    }
    return protocol.renderError(error, requestId);
  }

  #answer(finished: Finished): void {
    finished.call.leaveLine?.();
    if (this.#finished.push(finished) === 1) setImmediate(() => this.#endTurn());
  }

  /** One journal write for all that finished in this turn, and one synchronisation where replies wait for it. */
  #endTurn(): void {
    const finished = this.#finished;
    this.#finished = [];
    const isJournaled = this.#journal(finished);
    if (!isJournaled || !this.#parts.isJournalSyncedFirst) {
      this.#respond(finished, isJournaled);
      return;
    }
    this.#parts.journal.sync().then(
      () => {
        this.#respond(finished, true);
      },
      (error: unknown) => {
        this.#alarmUnwritable(error);
        this.#respond(finished, false);
      },
    );
  }

  #respond(finished: readonly Finished[], isJournaled: boolean): void {
    for (const { call, reply, respond } of finished) {
      const mustFail = !isJournaled && call.isAuthenticated && call.committed === undefined;
      if (call.isAdmitted) this.#parts.admission.leave(call.caller.accountId);
      respond(mustFail ? call.protocol.renderError(internal(), call.requestId) : reply, call.requestId);
    }
    this.#underWay -= finished.length;
    if (this.#underWay === 0) this.#onIdle?.();
  }

  /** False when the records could not be written: no read may be answered without its record. */
  #journal(finished: readonly Finished[]): boolean {
    const { journal, outbox, securityLog } = this.#parts;
    const records: string[] = [];
    const committed: number[] = [];
    for (const { call } of finished) {
      if (!call.isAuthenticated) securityLog.note(call);
      else if (call.records !== undefined) records.push(...call.records);
      else records.push(this.#recordRead(call));
      if (call.committed !== undefined) committed.push(...call.committed);
    }
    if (records.length === 0) return true;
    try {
      journal.append(records);
      outbox.appended(committed);
      return true;
    } catch (error) {
      outbox.notAppended(committed);
      this.#alarmUnwritable(error);
      return false;
    }
  }

  /** The record of a request that changed nothing, noted where it used a key. */
  #recordRead(call: Call): string {
    const { record, eventId } = renderRecord(call, call.error);
    if (call.error === undefined) this.#parts.lastUsages.note(call, eventId);
    return record;
  }

  #alarmUnwritable(error: unknown): void {
    const reason = String(error instanceof Error ? error.cause : error);
    this.#parts.alarm.raise('journal unwritable', { reason });
  }
}
