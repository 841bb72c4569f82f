import { describeDefault, optionTable, type OptionSpec } from '../../../packages/server/src/config/index.ts';

/** docs/options.md: every option of `keyhaven serve`, from the table that the command itself reads. */
export function renderOptions(): string {
  const rows = Object.values<OptionSpec>(optionTable).map((option) => {
    const { flag, placeholder, environment, doc } = option;
    return `| \`${flag} ${placeholder}\` | \`${environment}\` | ${describeDefault(option) ?? 'none'} | ${doc} |`;
  });
  return `<!-- Made by npm run docs from the option table. Do not edit. -->

# Options

\`keyhaven serve\` takes these options. A flag wins over the environment, the environment over the default.
An unknown flag or \`KEYHAVEN_\` variable is refused.

| Flag | Environment | Default | Meaning |
| --- | --- | --- | --- |
${rows.join('\n')}

With npm, options follow two dashes: \`npm start -- --port 0 --data-dir /tmp/keyhaven\`.
`;
}
