import { describeDefault, type GivenFlags, type OptionSpec } from '@keyhaven/server/config';
import { type Command, Option } from 'commander';

/**
 * Adds an option of a table to a command. Every flag is read as the list of texts given for it; what they mean is the
 * table's to say.
 */
export function addTableOption(command: Command, spec: OptionSpec, heading = `${spec.group}:`): void {
  const otherwise = describeDefault(spec);
  const notes = [
    ...(spec.environment === undefined ? [] : [spec.environment]),
    ...(otherwise === undefined ? [] : [`default ${otherwise}`]),
  ];
  const help = notes.length === 0 ? spec.doc : `${spec.doc} [${notes.join(', ')}]`;
  const option = new Option(`${spec.flag} <${spec.placeholder}>`, help)
    .argParser((text: string, previous: readonly string[] | undefined) => [...(previous ?? []), text])
    .helpGroup(heading);
  command.addOption(option);
}

/** The texts given for the flags of these options; a flag may stand before a subcommand's name as well as after. */
export function readFlags(command: Command, specs: readonly OptionSpec[]): GivenFlags {
  const flags: Record<string, readonly string[]> = {};
  for (const { flag } of specs) {
    const texts = findGiven(command, flag);
    if (Array.isArray(texts)) flags[flag] = texts.map(String);
  }
  return flags;
}

/** What was given for a flag, on the command itself or on those above it. */
export function findGiven(command: Command, flag: string): unknown {
  const name = new Option(flag).attributeName();
  for (let one: Command | null = command; one !== null; one = one.parent) {
    const value: unknown = one.getOptionValue(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
