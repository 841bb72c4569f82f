import { OptionRefusal, StartRefusal } from '@keyhaven/server/config';
import { CommandFailure, exitCodes } from './command-failure.ts';

/** What is refused, as a failure of the command: a malformed flag is wrong usage, whatever else is not. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof StartRefusal)) return error;
  const isUsage = error instanceof OptionRefusal && error.source === 'flag';
  return new CommandFailure(error.message, error.nextStep, isUsage ? exitCodes.usage : exitCodes.refused);
}

/** Runs what reads options. Throws CommandFailure for what it refuses. */
export function readingOptions<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw asFailure(error);
  }
}
