import { networkRows } from './option-rows/network.ts';
import { operationRows } from './option-rows/operation.ts';
import { storageRows } from './option-rows/storage.ts';
import { type OptionSpec, type OptionTable, lastOf, optionGroups } from './option-spec.ts';
import { parsePath } from './option-values.ts';
import type { ServiceOptions } from './service-options.ts';

export type { ServiceOptions } from './service-options.ts';

/** Every option of the service, in the order of the help. Adding an option is adding a row. */
export const optionTable: OptionTable<ServiceOptions> = { ...networkRows, ...storageRows, ...operationRows };

/** Where the configuration file is; no member of the options, and not in the file itself. */
export const configOption: OptionSpec<string | undefined> = {
  flag: '--config',
  environment: 'KEYHAVEN_CONFIG',
  fileKey: '',
  group: 'Storage',
  placeholder: 'file',
  form: 'path',
  default: undefined,
  defaultText: 'keyhaven.yaml in the data folder, if there is one',
  doc: 'The configuration file; it may hold every other option, and must not be writable by other users.',
  parse: (texts) => parsePath(lastOf(texts)),
};

/** Every option, `--config` too, group by group. */
export const serviceOptionSpecs: readonly OptionSpec[] = optionGroups.flatMap((group) =>
  [configOption, ...Object.values<OptionSpec>(optionTable)].filter((spec) => spec.group === group),
);
