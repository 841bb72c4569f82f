import { dirname, resolve as resolvePath } from 'node:path';
import { findNearest } from './nearest-name.ts';
import { type FileEntry, type OptionFile, fileRefusal } from './option-file.ts';
import { OptionRefusal, type OptionSource } from './option-refusal.ts';
import { describeDefault, type GivenTexts, type OptionSpec, type OptionTable } from './option-spec.ts';
import { OptionValueError } from './option-values.ts';
import { optionTable, serviceOptionSpecs } from './options.ts';
import { refuseContradictions } from './contradictions.ts';
import type { ServiceOptions } from './service-options.ts';

/** The texts given on the command line for each flag (`--port`), in their order; a flag not given is absent. */
export type GivenFlags = Readonly<Record<string, readonly string[]>>;
/** The environment, as `readEnvironment` answers it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that options can be given by. */
export interface GivenOptions {
  readonly flags: GivenFlags;
  readonly environment: Environment;
  readonly file: OptionFile | undefined;
}

/** Values with where each was given; those that are left to their default have no source. */
export interface ResolvedValues<Values> {
  readonly values: Values;
  readonly sources: ReadonlyMap<string, OptionSource>;
}

/**
 * The options of this start: flags win over the environment, that over the configuration file, that over the defaults.
 * Throws OptionRefusal (a StartRefusal) for an unknown flag or KEYHAVEN_ variable, for a malformed value, and for
 * options that make no sense together. Whether they are safe together is asked later: `refuseUnsafe`.
 */
export function resolveOptions(
  flags: GivenFlags,
  environment: Environment,
  file?: OptionFile,
): ServiceOptions {
  refuseUnknownFlags(flags, serviceOptionSpecs);
  refuseUnknownVariables(environment);
  return refuseContradictions(resolveTable<ServiceOptions>(optionTable, { flags, environment, file }));
}

/** The options of a start that is told nothing. */
export const defaultOptions: ServiceOptions = resolveOptions({}, {});

/** The values of a table's options, each from the first place that gives it. Throws OptionRefusal. */
export function resolveTable<Values extends object>(
  table: OptionTable<Values>,
  given: GivenOptions,
): ResolvedValues<Values> {
  const sources = new Map<string, OptionSource>();
  const specs = Object.entries<OptionSpec>(table as Readonly<Record<string, OptionSpec>>);
  const values = specs.map(([name, spec]) => {
    const { value, source } = resolveOption(spec, given);
    if (source !== undefined) sources.set(name, source);
    return [name, value] as const;
  });
  // The table has a row for each member, and each row answers its member's type.
  return { values: Object.fromEntries(values) as Values, sources };
}

interface Resolved<Value> {
  readonly value: Value;
  readonly source: OptionSource | undefined;
}

/** One option by itself. Throws OptionRefusal for a malformed value. */
export function resolveOption<Value>(spec: OptionSpec<Value>, given: GivenOptions): Resolved<Value> {
  const { flags, environment, file } = given;
  const [first, ...more] = flags[spec.flag] ?? [];
  if (first !== undefined) {
    const texts: GivenTexts = [first, ...more];
    return { value: parseNamed(spec, spec.flag, 'flag', texts), source: 'flag' };
  }
  const variable = spec.environment === undefined ? undefined : environment[spec.environment];
  if (spec.environment !== undefined && variable !== undefined) {
    return { value: parseNamed(spec, spec.environment, 'environment', [variable]), source: 'environment' };
  }
  const entry = spec.fileKey === '' ? undefined : file?.entries.get(spec.fileKey);
  if (file === undefined || entry === undefined) return { value: spec.default, source: undefined };
  return { value: parseInFile(spec, file, entry), source: 'file' };
}

function parseNamed<Value>(
  spec: OptionSpec<Value>,
  name: string,
  source: 'flag' | 'environment',
  texts: GivenTexts,
): Value {
  try {
    return spec.parse(texts);
  } catch (error) {
    if (!(error instanceof OptionValueError)) throw error;
    const remedy =
      source === 'flag' ? 'Give another value or leave the flag out' : 'Give it another value or unset it';
    const otherwise = spec.default === undefined ? '' : ` (then it is ${describeDefault(spec) ?? 'none'})`;
    throw new OptionRefusal(
      source,
      `${name} ${error.message}, not ${show(texts)}.`,
      `${remedy}${otherwise}.`,
    );
  }
}

function parseInFile<Value>(spec: OptionSpec<Value>, { what, path }: OptionFile, entry: FileEntry): Value {
  try {
    const value = spec.parse(entry.texts);
    // A path stands for the same file wherever the service is started from.
    return spec.form === 'path' ? spec.parse([resolvePath(dirname(path), entry.texts[0])]) : value;
  } catch (error) {
    if (!(error instanceof OptionValueError)) throw error;
    throw fileRefusal(what, path, entry.line, `${spec.fileKey} ${error.message}, not ${show(entry.texts)}`);
  }
}

function show(texts: GivenTexts): string {
  return texts.map((text) => JSON.stringify(text.slice(0, 100))).join(', ');
}

function refuseUnknownFlags(flags: GivenFlags, specs: readonly OptionSpec[]): void {
  refuseUnknown(
    'flag',
    'no option',
    Object.keys(flags),
    specs.map(({ flag }) => flag),
  );
}

/** A KEYHAVEN_ variable that no option reads is a slip of the pen, and its value is missing somewhere. */
export function refuseUnknownVariables(environment: Environment): void {
  const given = Object.keys(environment).filter((name) => name.startsWith('KEYHAVEN_'));
  const known = serviceOptionSpecs.flatMap((spec) => spec.environment ?? []);
  refuseUnknown('environment', 'no environment variable', given, known);
}

function refuseUnknown(
  source: OptionSource,
  what: string,
  given: readonly string[],
  known: readonly string[],
): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const nearest = findNearest(unknown, known);
  throw new OptionRefusal(
    source,
    `Keyhaven has ${what} ${unknown}.`,
    nearest === undefined ? `These exist: ${known.join(', ')}.` : `Did you mean ${nearest}?`,
  );
}
