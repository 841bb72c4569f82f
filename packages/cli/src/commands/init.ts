import {
  readOptionFile,
  type ResolvedValues,
  refuseUnknownVariables,
  resolveOption,
  resolveTable,
} from '@keyhaven/server/config';
import type { Command } from 'commander';
import { addCommand } from '../admin/admin-command.ts';
import { now } from '../clock.ts';
import type { CommandContext } from '../command-context.ts';
import { refused } from '../command-failure.ts';
import { gatherPlan } from '../init/gather-plan.ts';
import { answersOption, initSpecs, type InitOptions, initTable } from '../init/init-options.ts';
import type { InitPlan } from '../init/init-plan.ts';
import { makeInstallation, type MakingParts, type ServerSecrets } from '../init/make-installation.ts';
import { renderMade } from '../init/render-made.ts';
import { addTableOption, readFlags } from '../option-flags.ts';
import { asFailure } from '../reading-options.ts';
import type { HandOut } from '../secrets/hand-out.ts';
import { handOutCredentials } from '../secrets/show-credentials.ts';
import { handOutShares } from '../secrets/show-shares.ts';
import { ProgressLine } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The part of the server that makes an installation; loaded when the plan is complete. */
export type LoadServer = () => Promise<Pick<MakingParts, 'initInstallation'>>;

const loadServer: LoadServer = () => import('@keyhaven/server');

/** `keyhaven init`: makes an installation for production. */
export function addInit(program: Command, context: CommandContext, load = loadServer): void {
  const command = addCommand(program, {
    name: 'init',
    summary: 'make an installation for production',
    description:
      'Makes an installation for production: data folder, seal, certificate, configuration file, and an account with ' +
      'credentials of its own. On a terminal it asks for what it must know and was not told. It never changes an ' +
      'installation that is there, and where it is cut short it leaves nothing that could be used.',
    examples: [
      'keyhaven init',
      'keyhaven init --data-dir /var/lib/keyhaven --seal passphrase --passphrase-file passphrase.txt \\',
      '    --tls-self-signed kms.example.com,10.0.0.7 --host 0.0.0.0 --credentials-file root.ini',
      'keyhaven init --seal shamir --shares 5 --threshold 3 --shares-dir shares --tls-cert c.pem --tls-key k.pem',
      'keyhaven init --answers answers.yaml',
    ],
  });
  for (const spec of [answersOption, ...initSpecs]) addTableOption(command, spec, headingOf(spec.group));
  command.action(async () => {
    try {
      await init(command, context, load);
    } catch (error) {
      throw asFailure(error);
    }
  });
}

function headingOf(group: string): string {
  return group === 'Administration' ? 'First account:' : `${group}:`;
}

async function init(command: Command, context: CommandContext, load: LoadServer): Promise<void> {
  const { terminal } = context;
  const plan = await gatherPlan(readOptions(command, context), terminal);
  const progress = new ProgressLine(terminal);
  try {
    const { initInstallation } = await load();
    const made = await makeInstallation(plan, {
      initInstallation,
      now,
      onProgress: (text) => {
        progress.show({ text });
      },
      handOut: async (secrets, credentials, shares) => {
        progress.end();
        await write(terminal, handOutSecrets(plan, secrets, credentials, shares, terminal));
      },
    });
    await write(terminal, renderMade(plan, made));
  } finally {
    progress.end();
    if (plan.seal.kind === 'passphrase') plan.seal.passphrase.dispose();
  }
}

function readOptions(command: Command, { environment }: CommandContext): ResolvedValues<InitOptions> {
  refuseUnknownVariables(environment);
  const flags = readFlags(command, [answersOption, ...initSpecs]);
  const { value: path } = resolveOption(answersOption, { flags, environment, file: undefined });
  const file = path === undefined ? undefined : readOptionFile('answers file', path, initSpecs);
  if (path !== undefined && file === undefined)
    throw refused(`There is no answers file ${path}.`, 'Name one that exists with --answers.');
  return resolveTable<InitOptions>(initTable, { flags, environment, file });
}

function handOutSecrets(
  { seal }: InitPlan,
  secrets: ServerSecrets,
  credentials: HandOut,
  shares: HandOut,
  terminal: Terminal,
): string {
  const { text } = handOutCredentials(secrets, credentials, terminal);
  if (seal.kind !== 'shamir') return text;
  return `${text}\n${handOutShares(secrets.shares, seal.threshold, shares, terminal).text}`;
}

/** Resolves once it is written: what is shown once must have been shown. */
function write({ output }: Terminal, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
