/** Ends the command: what standard error says, without a stack trace, and the exit code. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(reason: string, nextStep: string, exitCode: number) {
    super(`${reason}\n${nextStep}`);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

/** The exit codes of every command; the last two are those of `sysexits.h`. */
export const exitCodes = { refused: 1, usage: 2, unexpected: 70, inputOutput: 74 } as const;
