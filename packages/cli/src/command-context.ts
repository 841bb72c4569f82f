import type { Environment } from '@keyhaven/server/config';
import type { Terminal } from './terminal/terminal.ts';

/** What a command is given beside its arguments. */
export interface CommandContext {
  /** The version of this command. */
  readonly version: string;
  readonly environment: Environment;
  readonly terminal: Terminal;
}
