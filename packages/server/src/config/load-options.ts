import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileRefusal, type OptionFile, readOptionFile } from './option-file.ts';
import { OptionRefusal } from './option-refusal.ts';
import type { OptionSpec } from './option-spec.ts';
import { configOption, optionTable } from './options.ts';
import {
  type Environment,
  type GivenFlags,
  refuseUnknownVariables,
  resolveOption,
  resolveOptions,
} from './resolve-options.ts';
import type { ServiceOptions } from './service-options.ts';

/** The name of the configuration file in a data folder. */
export const configFileName = 'keyhaven.yaml';

/** The name of the administrator's socket in a data folder. */
export const adminSocketName = 'admin.sock';

/** The options of this start, the configuration file read. Throws OptionRefusal, as `resolveOptions` does. */
export function loadOptions(flags: GivenFlags, environment: Environment): ServiceOptions {
  const given = { flags, environment, file: undefined };
  const { value: named } = resolveOption(configOption, given);
  if (named !== undefined) return resolveOptions(flags, environment, readNamed(named));
  const folder = resolveOption(optionTable.dataDir, given).value;
  const file = readConfigFile(join(folder, configFileName));
  if (file !== undefined) refuseOtherFolder(folder, file);
  return resolveOptions(flags, environment, file);
}

function readConfigFile(path: string): OptionFile | undefined {
  return readOptionFile('configuration file', path, Object.values<OptionSpec>(optionTable));
}

function readNamed(path: string): OptionFile {
  const file = readConfigFile(resolve(path));
  if (file !== undefined) return file;
  throw new OptionRefusal(
    'file',
    `There is no configuration file ${path}.`,
    'Name one that exists with --config, or leave --config out.',
  );
}

/** A folder's own configuration file must not send the service to another folder, whose file would be ignored. */
function refuseOtherFolder(folder: string, file: OptionFile): void {
  const line = file.entries.get(optionTable.dataDir.fileKey)?.line;
  const { value } = resolveOption(optionTable.dataDir, { flags: {}, environment: {}, file });
  if (line === undefined || resolve(value) === resolve(folder)) return;
  const rule = `dataDir names another folder than ${resolve(folder)}, in which the file is`;
  throw fileRefusal(file.what, file.path, line, rule);
}

/** Where a service is administered from this machine. */
export interface ServicePlace {
  readonly dataDir: string;
  readonly adminSocket: string;
}

/**
 * The data folder and the administrator's socket of a service, found as the service itself finds them. The configuration
 * file of a folder whose files this user may not read is passed over: the socket then tells who may use it.
 * Throws OptionRefusal.
 */
export function loadServicePlace(flags: GivenFlags, environment: Environment): ServicePlace {
  refuseUnknownVariables(environment);
  const given = { flags, environment, file: undefined };
  const { value: named } = resolveOption(configOption, given);
  const folder = resolveOption(optionTable.dataDir, given).value;
  const file = named === undefined ? readOwnersFile(folder) : readNamed(named);
  const dataDir = resolve(resolveOption(optionTable.dataDir, { flags, environment, file }).value);
  const { value: adminSocket } = resolveOption(optionTable.adminSocket, { flags, environment, file });
  return { dataDir, adminSocket: resolve(adminSocket ?? join(dataDir, adminSocketName)) };
}

/** Whoever owns the folder owns the service and everything that it is told; root may administer it all the same. */
function readOwnersFile(folder: string): OptionFile | undefined {
  const path = join(folder, configFileName);
  let owner: number;
  try {
    owner = statSync(folder).uid;
    accessSync(path, constants.R_OK);
  } catch {
    return undefined;
  }
  return readOptionFile('configuration file', path, Object.values<OptionSpec>(optionTable), owner);
}
