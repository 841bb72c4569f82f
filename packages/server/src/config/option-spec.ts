/** The headings under which help, documentation and configuration file show the options, in their order. */
export const optionGroups = [
  'Network',
  'TLS',
  'Storage',
  'Seal',
  'Administration',
  'Audit',
  'Safety',
  'Development',
] as const;
export type OptionGroup = (typeof optionGroups)[number];

/** The texts that were given for an option; one, unless it is a list. */
export type GivenTexts = readonly [string, ...string[]];

/**
 * How a value is written. In a file a number and a text are a scalar, a path is a text that is relative to the file,
 * and a list is one of texts. As a flag a list may be repeated, and each text may hold several values, with commas.
 */
export type OptionForm = 'text' | 'number' | 'path' | 'list';

/** One option: everything that command line, environment, configuration file, help and documentation say about it. */
export interface OptionSpec<Value = unknown, Name extends string = string> {
  readonly flag: `--${string}`;
  readonly environment: `KEYHAVEN_${string}` | undefined;
  /** Its name in a configuration file. */
  readonly fileKey: Name;
  readonly group: OptionGroup;
  /** What stands for the value in the help. */
  readonly placeholder: string;
  readonly form: OptionForm;
  readonly default: Value;
  /** The default in words, where the value alone does not say it. */
  readonly defaultText?: string;
  /** What a configuration file shows as an example, where there is no default that could be shown. */
  readonly example?: string | readonly string[];
  /** One sentence. */
  readonly doc: string;
  /** Reads the given texts; throws OptionValueError. */
  readonly parse: (texts: GivenTexts) => Value;
  /** The inverse of `parse`, where the value is no text, number or list of texts itself. */
  write?(value: Value): string | readonly string[];
}

/** A row for each member of `Values`, which is its name in a file as well. */
export type OptionTable<Values> = {
  readonly [Name in keyof Values & string]: OptionSpec<Values[Name], Name>;
};

/** The default as help and documentation show it; undefined where there is none. */
export function describeDefault(spec: OptionSpec): string | undefined {
  if (spec.defaultText !== undefined) return spec.defaultText;
  if (spec.form === 'list') return 'none';
  const value = spec.default;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Of an option that is given more than once, the last counts. */
export function lastOf(texts: GivenTexts): string {
  return texts.at(-1) ?? texts[0];
}
