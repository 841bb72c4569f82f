import {
  describeDefault,
  optionGroups,
  type OptionSpec,
  serviceOptionSpecs,
  unsafeNames,
  unsafeThings,
} from '../../../packages/server/src/config/index.ts';

/** docs/options.md: every option of `keyhaven serve`, from the table that the command itself reads. */
export function renderOptions(): string {
  return `<!-- Made by npm run docs from the option table. Do not edit. -->

# Options

\`keyhaven serve\` takes these options, group by group. A flag wins over the environment, the environment over the
configuration file, the configuration file over the default. What is unknown is refused, be it a flag, a \`KEYHAVEN_\`
variable or a name in the file.

${optionGroups.map(renderGroup).join('\n\n')}

With npm, options follow two dashes: \`npm start -- --port 0 --data-dir /tmp/keyhaven\`.

## The configuration file

It is \`keyhaven.yaml\` in the data folder, or where \`--config\` says. \`keyhaven init\` writes one that explains every
option. It is YAML: a line \`name: value\` for each option, a list where an option can be repeated. Relative paths are
relative to the folder of the file. It must belong to root or to the user of the service, and be writable by nobody else.

<!-- a configuration file -->

\`\`\`yaml
profile: production
host: 0.0.0.0
tlsCert: tls-cert.pem
tlsKey: tls-key.pem
allowHosts:
  - kms.example.com
\`\`\`

No option holds a passphrase, and no variable does: a passphrase is read from a file or a file descriptor.

## What is refused as unsafe

The development profile on a loopback address is always served. Otherwise a start is refused where one of these is found,
unless \`--allow-unsafe\` names it:

| Name | Why | Instead |
| --- | --- | --- |
${unsafeNames.map((name) => `| \`${name}\` | ${upperFirst(unsafeThings[name].why)}. | ${unsafeThings[name].remedy} |`).join('\n')}
`;
}

function renderGroup(group: string): string {
  const rows = serviceOptionSpecs.filter((spec) => spec.group === group).map(renderRow);
  return `## ${group}

| Flag | Environment | In the file | Default | Meaning |
| --- | --- | --- | --- | --- |
${rows.join('\n')}`;
}

function renderRow(spec: OptionSpec): string {
  const { flag, placeholder, environment, fileKey, doc } = spec;
  const flagCell = `\`${flag} ${placeholder}\``.replaceAll('|', '\\|');
  const fileCell = fileKey === '' ? 'not there' : `\`${fileKey}\``;
  return `| ${flagCell} | \`${environment ?? ''}\` | ${fileCell} | ${describeDefault(spec) ?? 'none'} | ${doc} |`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
