import { findNearest } from './nearest-name.ts';
import { OptionRefusal, type OptionSource } from './option-refusal.ts';
import {
  OptionValueError,
  parseHostNames,
  parseLoopbackHost,
  parsePath,
  parsePort,
} from './option-values.ts';

/** What a start of the service is told. */
export interface ServiceOptions {
  /** Where to listen: `127.0.0.1`, `localhost`, `::1` (without brackets). */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly dataDir: string;
  /** The path of a seed file. */
  readonly seed: string | undefined;
  /** Further names that a `Host` header may carry, in lower case and without port. */
  readonly allowHosts: readonly string[];
  /** PEM files; without the first two the service speaks plain HTTP. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** With it, clients must show a certificate of these authorities. */
  readonly tlsClientCa?: string | undefined;
  /** A listening socket that systemd has handed over. */
  readonly inheritedFd?: number | undefined;
}

/** One option: everything that the command line, its help, the environment and the documentation say about it. */
export interface OptionSpec<Value = unknown> {
  readonly flag: `--${string}`;
  readonly environment: `KEYHAVEN_${string}`;
  /** What stands for the value in the help. */
  readonly placeholder: string;
  readonly default: Value;
  /** One sentence. */
  readonly doc: string;
  /** The flag may be given several times; in the environment the values are separated by commas. */
  readonly isRepeatable: boolean;
  /** Reads the given texts (one, unless repeatable); throws OptionValueError. */
  readonly parse: (texts: readonly [string, ...string[]]) => Value;
}

type OptionTable = { readonly [Name in keyof ServiceOptions]: OptionSpec<ServiceOptions[Name]> };

/** Every option of the service, in the order of the help. Adding an option is adding a row. */
export const optionTable: OptionTable = {
  port: {
    flag: '--port',
    environment: 'KEYHAVEN_PORT',
    placeholder: 'number',
    default: 4599,
    doc: 'The port to listen on; 0 takes a free one, which the last line of the banner names.',
    isRepeatable: false,
    parse: (texts) => parsePort(lastOf(texts)),
  },
  host: {
    flag: '--host',
    environment: 'KEYHAVEN_HOST',
    placeholder: 'address',
    default: '127.0.0.1',
    doc: 'The loopback address to listen on: 127.0.0.1, ::1 or localhost.',
    isRepeatable: false,
    parse: (texts) => parseLoopbackHost(lastOf(texts)),
  },
  dataDir: {
    flag: '--data-dir',
    environment: 'KEYHAVEN_DATA_DIR',
    placeholder: 'folder',
    default: './.keyhaven',
    doc: 'The folder that holds keys, database and journal; it is made if it is not there.',
    isRepeatable: false,
    parse: (texts) => parsePath(lastOf(texts)),
  },
  seed: {
    flag: '--seed',
    environment: 'KEYHAVEN_SEED',
    placeholder: 'file',
    default: undefined,
    doc: 'A YAML file with accounts, keys and aliases to make at the start unless they exist already.',
    isRepeatable: false,
    parse: (texts) => parsePath(lastOf(texts)),
  },
  allowHosts: {
    flag: '--allow-host',
    environment: 'KEYHAVEN_ALLOW_HOST',
    placeholder: 'name',
    default: [],
    doc: 'A further name that clients may reach the service by, such as kms.test; may be repeated or hold several, separated by commas.',
    isRepeatable: true,
    parse: (texts) => texts.flatMap(parseHostNames),
  },
};

/** The texts given on the command line for each flag (`--port`), in their order; a flag not given is absent. */
export type GivenFlags = Readonly<Record<string, readonly string[]>>;
/** The environment, as `readEnvironment` answers it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The options of this start: flags win over the environment, the environment over the defaults.
 * Throws OptionRefusal (a StartRefusal) for an unknown flag or KEYHAVEN_ variable and for a malformed value.
 */
export function resolveOptions(flags: GivenFlags, environment: Environment): ServiceOptions {
  refuseUnknownNames(flags, environment);
  return {
    host: resolve(optionTable.host, flags, environment),
    port: resolve(optionTable.port, flags, environment),
    dataDir: resolve(optionTable.dataDir, flags, environment),
    seed: resolve(optionTable.seed, flags, environment),
    allowHosts: resolve(optionTable.allowHosts, flags, environment),
  };
}

function resolve<Value>(option: OptionSpec<Value>, flags: GivenFlags, environment: Environment): Value {
  const [first, ...more] = flags[option.flag] ?? [];
  if (first !== undefined) return parseGiven(option, 'flag', [first, ...more]);
  const variable = environment[option.environment];
  return variable === undefined ? option.default : parseGiven(option, 'environment', [variable]);
}

function parseGiven<Value>(
  option: OptionSpec<Value>,
  source: OptionSource,
  texts: readonly [string, ...string[]],
): Value {
  try {
    return option.parse(texts);
  } catch (error) {
    if (!(error instanceof OptionValueError)) throw error;
    const name = source === 'flag' ? option.flag : option.environment;
    const given = texts.map((text) => JSON.stringify(text.slice(0, 100))).join(', ');
    const remedy =
      source === 'flag' ? 'Give another value or leave the flag out' : 'Give it another value or unset it';
    const otherwise = option.default === undefined ? '' : ` (then it is ${describeDefault(option)})`;
    throw new OptionRefusal(source, `${name} ${error.message}, not ${given}.`, `${remedy}${otherwise}.`);
  }
}

/** The default as help and documentation show it; undefined where there is none. */
export function describeDefault({ default: value }: OptionSpec): string | undefined {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function refuseUnknownNames(flags: GivenFlags, environment: Environment): void {
  const known = Object.values<OptionSpec>(optionTable);
  const names = {
    flag: known.map(({ flag }) => flag),
    environment: known.map(({ environment: name }) => name),
  };
  const given = {
    flag: Object.keys(flags),
    environment: Object.keys(environment).filter((name) => name.startsWith('KEYHAVEN_')),
  };
  for (const source of ['flag', 'environment'] as const) {
    const unknown = given[source].find((name) => !names[source].some((one) => one === name));
    if (unknown === undefined) continue;
    const what = source === 'flag' ? 'no option' : 'no environment variable';
    const nearest = findNearest(unknown, names[source]);
    throw new OptionRefusal(
      source,
      `Keyhaven has ${what} ${unknown}.`,
      nearest === undefined ? `These exist: ${names[source].join(', ')}.` : `Did you mean ${nearest}?`,
    );
  }
}

function lastOf(texts: readonly [string, ...string[]]): string {
  return texts.at(-1) ?? texts[0];
}
