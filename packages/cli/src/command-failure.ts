/** Ends the command: what standard error says, without a stack trace, and the exit code. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(reason: string, nextStep: string, exitCode: number) {
    super(nextStep === '' ? reason : `${reason}\n${nextStep}`);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

/** The exit codes of every command; those from 70 on are those of `sysexits.h`, and 130 is that of a shell. */
export const exitCodes = { refused: 1, usage: 2, unexpected: 70, inputOutput: 74, interrupted: 130 } as const;

/** The text of a refusal, reason and next step, as a failure with exit code 1. */
export function refused(reason: string, nextStep: string): CommandFailure {
  return new CommandFailure(reason, nextStep, exitCodes.refused);
}
