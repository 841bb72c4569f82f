import { CommandFailure, exitCodes } from '../command-failure.ts';

/** What has to be told and was not, collected, so that one refusal names all of it. */
export class Missing {
  readonly #flags: string[] = [];

  /** Notes what is missing, with a remark what it is good for. */
  add(flags: string, purpose: string): void {
    this.#flags.push(`\n  ${flags}: ${purpose}`);
  }

  /** Throws CommandFailure unless nothing is missing. */
  refuse(): void {
    if (this.#flags.length === 0) return;
    throw new CommandFailure(
      `This is not told, and there is no terminal to ask on:${this.#flags.join('')}`,
      'Give these flags, or name a file with the answers: --answers FILE.',
      exitCodes.usage,
    );
  }
}
