import { stringify } from 'yaml';
import { describeDefault, type OptionSpec, optionGroups } from './option-spec.ts';
import { optionTable } from './options.ts';
import type { ServiceOptions } from './service-options.ts';

const columns = 100;

const preamble = [
  'The configuration of a Keyhaven service. keyhaven serve reads it from its data folder, or from where --config says.',
  'A flag wins over an environment variable, that over this file, and this file over the default. ' +
    'Relative paths are relative to the folder of this file. A name that is no option is refused.',
  'Lines that begin with # and a name are options that are left to their default, with it or an example. ' +
    'Remove the # to set them.',
];

/** A configuration file that sets these options and explains every one; the others are there as comments. */
export function renderConfigFile(values: Partial<ServiceOptions>): string {
  const specs = Object.values<OptionSpec>(optionTable);
  const given: Readonly<Record<string, unknown>> = values;
  const sections = optionGroups.map((group) => {
    const options = specs.filter((spec) => spec.group === group);
    return `# ---- ${group} ----\n\n${options.map((spec) => renderOption(spec, given[spec.fileKey])).join('\n')}`;
  });
  return `${preamble.map(renderComment).join('#\n')}\n${sections.join('\n')}`;
}

function renderOption(spec: OptionSpec, value: unknown): string {
  const { flag, environment } = spec;
  const names = environment === undefined ? flag : `${flag}, ${environment}`;
  const comment = renderComment(`${spec.doc} Default: ${describeDefault(spec) ?? 'none'}. [${names}]`);
  return `${comment}${value === undefined ? renderUnset(spec) : renderSetting(spec, value)}`;
}

function renderSetting(spec: OptionSpec, value: unknown): string {
  return stringify({ [spec.fileKey]: spec.write?.(value) ?? value }, { lineWidth: 0 });
}

function renderUnset(spec: OptionSpec): string {
  const { example, form } = spec;
  const shown = form === 'number' ? Number(example ?? spec.default) : (example ?? spec.default);
  return stringify({ [spec.fileKey]: shown }, { lineWidth: 0 }).replaceAll(/^(?=.)/gm, '#');
}

/** Lines that begin with `# `, none longer than `columns` unless a single word is. */
function renderComment(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length + 1 > columns) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return `${lines.join('\n')}\n`;
}
