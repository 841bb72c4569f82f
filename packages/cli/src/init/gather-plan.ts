import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isLoopbackHost, refuseUnsafe, type ResolvedValues } from '@keyhaven/server/config';
import { CommandFailure, exitCodes, refused } from '../command-failure.ts';
import { readSecret } from '../secrets/read-secret.ts';
import { promptText } from '../terminal/prompt.ts';
import { isInteractive, type Terminal } from '../terminal/terminal.ts';
import { gatherSeal, type SealChoice } from './gather-seal.ts';
import { gatherAllowHosts, gatherTls } from './gather-tls.ts';
import type { InitOptions } from './init-options.ts';
import type { InitPlan, PlannedSeal, PlannedTls } from './init-plan.ts';
import { Missing } from './missing.ts';
import { refuseTakenFolder } from './taken-folder.ts';

/**
 * Completes what was given: asks for what it must where there is someone to ask, and otherwise refuses with everything
 * that is missing. Whatever can be told to be impossible or unsafe before anything is made is refused here. A passphrase
 * in the plan is the caller's to dispose. Throws CommandFailure, and StartRefusal for what is unsafe.
 */
export async function gatherPlan(
  resolved: ResolvedValues<InitOptions>,
  terminal: Terminal,
): Promise<InitPlan> {
  const options = resolved.values;
  refuseTwoPassphrases(options);
  const asked = isInteractive(terminal) ? terminal : undefined;
  const missing = new Missing();
  const dataDir = await gatherDataDir(resolved, asked);
  if (refuseTakenFolder(dataDir) === 'begins anew')
    terminal.errors.write(`An earlier keyhaven init was cut short in ${dataDir}; this one begins anew.\n`);
  const seal = await gatherSeal(options, asked, missing);
  const tls = await gatherTls(options, asked, missing);
  missing.refuse();
  if (seal === undefined || tls === undefined)
    throw new Error('nothing is missing, but the plan is incomplete');
  refuseUnsafePlan(options, seal, tls);
  const allowHosts = await gatherAllowHosts(options.allowHosts, tls);
  const paths = {
    configPath: freePath(options.config),
    credentialsFile: freePath(options.credentialsFile),
    sharesDir: options.sharesDir === undefined ? undefined : resolve(options.sharesDir),
  };
  const { host, port, backupRecipients, allowUnsafe, accountId, accountName } = options;
  const rest = { host, port, backupRecipients, allowUnsafe, accountId, accountName };
  return { dataDir, tls, allowHosts, ...paths, ...rest, seal: await completeSeal(seal, options, terminal) };
}

async function gatherDataDir(
  { values, sources }: ResolvedValues<InitOptions>,
  asked: Terminal | undefined,
): Promise<string> {
  const isGiven = sources.has('dataDir') || asked === undefined;
  return resolve(isGiven ? values.dataDir : await promptText(asked, 'Data folder', values.dataDir));
}

/** A service that would be refused at its start is not made. Programs and debuggers around it are that start's affair. */
function refuseUnsafePlan({ host, allowUnsafe }: InitOptions, seal: SealChoice, tls: PlannedTls): void {
  const facts = {
    profile: 'production' as const,
    isLoopback: isLoopbackHost(host),
    hasTls: tls.kind !== 'none',
    sealKind: seal.kind,
    hasDevelopmentAccount: false,
    processFindings: new Set<never>(),
  };
  refuseUnsafe(facts, allowUnsafe);
}

/** Found before anything is made and before a secret is asked for; that nobody makes it meanwhile is seen to later. */
function freePath(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const path = resolve(given);
  if (!existsSync(path)) return path;
  throw refused(`${path} is there already and is not overwritten.`, 'Move it away, or name another file.');
}

async function completeSeal(
  seal: SealChoice,
  options: InitOptions,
  terminal: Terminal,
): Promise<PlannedSeal> {
  if (seal.kind !== 'passphrase') return seal;
  const source = { file: options.passphraseFile, fd: options.passphraseFd };
  const request = { what: 'passphrase', flags: '--passphrase-file or --passphrase-fd', isNew: true };
  return { kind: 'passphrase', passphrase: await readSecret(source, request, terminal) };
}

function refuseTwoPassphrases({ passphraseFile, passphraseFd }: InitOptions): void {
  if (passphraseFile === undefined || passphraseFd === undefined) return;
  throw new CommandFailure(
    '--passphrase-file and --passphrase-fd are both given.',
    'Give one of them: there is one passphrase.',
    exitCodes.usage,
  );
}
