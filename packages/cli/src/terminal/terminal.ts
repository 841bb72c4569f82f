import type { Readable, Writable } from 'node:stream';

/** Where a command reads and writes: the process's own streams, or those of a test. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
  /** Results, and nothing else. */
  readonly output: Writable & { readonly isTTY?: boolean };
  /** Progress, questions and refusals. */
  readonly errors: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** Whether there is someone to ask. */
export function isInteractive({ input, errors }: Terminal): boolean {
  return input.isTTY === true && errors.isTTY === true;
}
