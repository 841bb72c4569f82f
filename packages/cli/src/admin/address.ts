import { readFileSync } from 'node:fs';
import {
  configOption,
  loadServicePlace,
  optionTable,
  type Environment,
  type GivenFlags,
  type OptionSpec,
} from '@keyhaven/server/config';
import type { Command } from 'commander';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { addTableOption, findGiven, readFlags } from '../option-flags.ts';
import { readingOptions } from '../reading-options.ts';

/** The service on this machine, by its Unix socket. */
export interface SocketAddress {
  readonly kind: 'socket';
  readonly path: string;
  readonly dataDir: string;
}

/** A service anywhere, by HTTPS; the certificate says who the operator is. */
export interface HttpsAddress {
  readonly kind: 'https';
  readonly url: URL;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The authorities to trust; those of the platform if undefined. */
  readonly ca: Buffer | undefined;
}

export type AdminAddress = SocketAddress | HttpsAddress;

const heading = 'Connection:';

const placeSpecs: readonly OptionSpec[] = [
  { ...optionTable.dataDir, doc: 'The data folder of the service.' },
  { ...configOption, doc: 'The configuration file of the service, if it is not in the data folder.' },
  { ...optionTable.adminSocket, doc: 'The Unix socket on which the service takes commands.' },
];

/** Adds the options that say which service is meant. */
export function addConnectionOptions(command: Command): void {
  for (const spec of placeSpecs) addTableOption(command, spec, heading);
  command.optionsGroup(heading);
  command
    .option(
      '--admin-url <url>',
      'Administer a service through the network: https://HOST:PORT of its --admin-listen.',
    )
    .option('--client-cert <file>', "With --admin-url: the PEM file with the operator's certificate.")
    .option('--client-key <file>', "With --admin-url: the PEM file with the operator's private key.")
    .option(
      '--admin-ca <file>',
      'With --admin-url: a PEM file with the authorities to trust instead of those of the system.',
    );
}

/** What was given of the options that say where a service on this machine has its folder. */
export function placeFlags(command: Command): GivenFlags {
  return readFlags(command, placeSpecs);
}

/** Which service is meant. Throws CommandFailure. */
export function findAddress(command: Command, environment: Environment): AdminAddress {
  const url = findText(command, '--admin-url');
  const flags = placeFlags(command);
  if (url !== undefined) {
    const [local] = Object.keys(flags);
    if (local !== undefined) throw misuse(`--admin-url and ${local} name two services.`, 'Give one of them.');
    return findHttpsAddress(command, url);
  }
  for (const flag of ['--client-cert', '--client-key', '--admin-ca']) {
    if (findText(command, flag) !== undefined)
      throw misuse(`${flag} is of use with --admin-url only.`, 'Give both or neither.');
  }
  const { dataDir, adminSocket } = readingOptions(() => loadServicePlace(flags, environment));
  return { kind: 'socket', path: adminSocket, dataDir };
}

function findHttpsAddress(command: Command, text: string): HttpsAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRight =
    url?.protocol === 'https:' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '';
  if (url === undefined || !isRight)
    throw misuse('--admin-url must be https://HOST:PORT.', 'A Unix socket is named with --admin-socket.');
  const read = (flag: string): Buffer | undefined => {
    const path = findText(command, flag);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch {
      throw new CommandFailure(`${flag} ${path} cannot be read.`, 'Name a PEM file.', exitCodes.refused);
    }
  };
  const [cert, key, ca] = [read('--client-cert'), read('--client-key'), read('--admin-ca')];
  if (cert === undefined || key === undefined)
    throw misuse(
      '--admin-url needs --client-cert and --client-key.',
      'An operator is known by a certificate.',
    );
  return { kind: 'https', url, cert, key, ca };
}

function findText(command: Command, flag: string): string | undefined {
  const value = findGiven(command, flag);
  return typeof value === 'string' ? value : undefined;
}

function misuse(reason: string, nextStep: string): CommandFailure {
  return new CommandFailure(reason, nextStep, exitCodes.usage);
}
