import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { Call } from '../pipeline/call.ts';

const mostLinesPerSecond = 20;
const mostBytes = 1024 * 1024;

/**
 * Requests whose caller is unknown: bad signatures, unknown access keys, nonsense. Anyone can cause these, so the log
 * is bounded in rate and size (two files of at most 1 MiB) and never blocks or fails a request.
 */
export class SecurityLog {
  readonly #path: string;
  readonly #monotonicNow: () => number;
  #second = 0;
  #linesThisSecond = 0;
  #unlogged = 0;
  #bytes: number;

  constructor(path: string, monotonicNow: () => number) {
    this.#path = path;
    this.#monotonicNow = monotonicNow;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  note({ wire, requestId, receivedAt, error }: Call): void {
    const second = Math.floor(this.#monotonicNow() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#linesThisSecond = 0;
    }
    if (++this.#linesThisSecond > mostLinesPerSecond) {
      this.#unlogged++;
      return;
    }
    const line = {
      time: receivedAt,
      requestId,
      sourceIPAddress: wire.sourceIp,
      errorCode: error?.code ?? 'refused',
      unlogged: this.#unlogged,
    };
    this.#unlogged = 0;
    this.#append(`${JSON.stringify(line)}\n`);
  }

  #append(line: string): void {
    try {
      if (this.#bytes > mostBytes) {
        renameSync(this.#path, `${this.#path}.1`);
        this.#bytes = 0;
      }
      appendFileSync(this.#path, line, { mode: 0o600 });
      this.#bytes += line.length;
    } catch {
      // A full disk must not let strangers stop the service; the count says what is missing.
      this.#unlogged++;
    }
  }
}
