import { OptionRefusal } from '@keyhaven/server/config';
import { CommandFailure, exitCodes } from './command-failure.ts';

/** Runs what reads options; a malformed flag is wrong usage, whatever else is refused is not. */
export function readingOptions<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OptionRefusal)) throw error;
    const exitCode = error.source === 'flag' ? exitCodes.usage : exitCodes.refused;
    throw new CommandFailure(error.message, error.nextStep, exitCode);
  }
}
