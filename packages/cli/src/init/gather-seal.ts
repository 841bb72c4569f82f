import { resolve } from 'node:path';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { promptChecked } from '../terminal/prompt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type InitOptions, initTable, type SealKind, sealKinds } from './init-options.ts';
import type { PlannedSeal } from './init-plan.ts';
import type { Missing } from './missing.ts';

/** A seal without its passphrase, which is read when everything else is known to be right. */
export type SealChoice =
  Exclude<PlannedSeal, { readonly kind: 'passphrase' }> | { readonly kind: 'passphrase' };

const explanation = `What opens the installation at each start:
  passphrase  someone enters a passphrase
  shamir      several people come together, each with a share
  kms         another KMS, without anybody
  file        a file beside the data, without anybody; whoever copies the folder has the keys
`;

/** Something that must be told: by a flag, or by an answer. */
interface Question {
  readonly flag: string;
  readonly purpose: string;
  readonly text: string;
  readonly usual: string;
  /** What is wrong with an answer. */
  readonly check: (answer: string) => string | undefined;
}

type Ask = (question: Question) => Promise<string | undefined>;

/** The seal as it was given, asked for where it was not; undefined where something is missing. Throws CommandFailure. */
export async function gatherSeal(
  options: InitOptions,
  asked: Terminal | undefined,
  missing: Missing,
): Promise<SealChoice | undefined> {
  const ask: Ask = async ({ flag, purpose, text, usual, check }) => {
    if (asked !== undefined) return promptChecked(asked, text, usual, check);
    missing.add(flag, purpose);
    return undefined;
  };
  if (options.seal === undefined) asked?.errors.write(explanation);
  const kind = options.seal ?? findKind(await ask(kindQuestion));
  refuseOthersOptions(options, kind);
  switch (kind) {
    case undefined:
      return undefined;
    case 'file':
      return { kind };
    case 'passphrase':
      if (asked === undefined && options.passphraseFile === undefined && options.passphraseFd === undefined)
        missing.add('--passphrase-file FILE or --passphrase-fd NUMBER', 'where the passphrase is read from');
      return { kind };
    case 'shamir':
      return gatherSharing(options, ask);
    case 'kms':
      return gatherKms(options, ask);
  }
}

const kindQuestion: Question = {
  flag: '--seal KIND',
  purpose: `what opens the installation: ${sealKinds.join(', ')}`,
  text: 'Seal',
  usual: 'passphrase',
  check: (answer) => (findKind(answer) === undefined ? `Write one of ${sealKinds.join(', ')}.` : undefined),
};

function findKind(text: string | undefined): SealKind | undefined {
  return sealKinds.find((kind) => kind === text);
}

/** Three of five is usual: two may be lost or away. */
async function gatherSharing(options: InitOptions, ask: Ask): Promise<SealChoice | undefined> {
  const askNumber = async (question: Omit<Question, 'check'>, most: number) => {
    const answer = await ask({ ...question, check: (text) => checkNumber(text, most) });
    return answer === undefined ? undefined : Number(answer);
  };
  const sharesQuestion = {
    flag: '--shares NUMBER',
    purpose: 'how many shares there are, at most 64',
    text: 'How many shares',
    usual: '5',
  };
  const thresholdQuestion = {
    flag: '--threshold NUMBER',
    purpose: 'how many of them open the seal, at least 2',
    text: 'How many of them open the seal',
    usual: '3',
  };
  const shares = options.shares ?? (await askNumber(sharesQuestion, 64));
  const threshold = options.threshold ?? (await askNumber(thresholdQuestion, shares ?? 64));
  if (shares === undefined || threshold === undefined) return undefined;
  if (threshold > shares)
    throw new CommandFailure(
      `${threshold} shares cannot be needed where there are ${shares}.`,
      'Give a smaller --threshold.',
      exitCodes.usage,
    );
  return { kind: 'shamir', total: shares, threshold };
}

function checkNumber(answer: string, most: number): string | undefined {
  const isRight = /^\d{1,2}$/.test(answer) && Number(answer) >= 2 && Number(answer) <= most;
  return isRight ? undefined : `Write a number from 2 to ${most}.`;
}

async function gatherKms(options: InitOptions, ask: Ask): Promise<SealChoice | undefined> {
  const check = (answer: string) => (answer === '' ? 'It must be told.' : undefined);
  const keyQuestion = {
    flag: '--kms-key-id KEY',
    purpose: 'the KMS key that the seal uses',
    text: 'KMS key (id, ARN or alias)',
  };
  const regionQuestion = {
    flag: '--kms-region REGION',
    purpose: 'the Region of that key',
    text: 'Region of that key',
  };
  const keyId = options.kmsKeyId ?? (await ask({ ...keyQuestion, usual: '', check }));
  const region = options.kmsRegion ?? (await ask({ ...regionQuestion, usual: '', check }));
  if (keyId === undefined || region === undefined) return undefined;
  const { kmsEndpoint, kmsCaFile } = options;
  return {
    kind: 'kms',
    keyId,
    region,
    ...(kmsEndpoint === undefined ? {} : { endpoint: kmsEndpoint }),
    ...(kmsCaFile === undefined ? {} : { caFile: resolve(kmsCaFile) }),
  };
}

/** Options that only one kind of seal has; those of another kind are a misunderstanding. */
const ownOptions: Readonly<Record<SealKind, readonly (keyof InitOptions)[]>> = {
  file: [],
  passphrase: ['passphraseFile', 'passphraseFd'],
  shamir: ['shares', 'threshold', 'sharesDir'],
  kms: ['kmsKeyId', 'kmsRegion', 'kmsEndpoint', 'kmsCaFile'],
};

function refuseOthersOptions(options: InitOptions, kind: SealKind | undefined): void {
  if (kind === undefined) return;
  for (const other of sealKinds.filter((one) => one !== kind)) {
    const given = ownOptions[other].find((name) => options[name] !== undefined);
    if (given === undefined) continue;
    throw new CommandFailure(
      `${initTable[given].flag} is of use to the ${other} seal only, but the seal is to be ${kind}.`,
      'Leave it out, or choose that seal.',
      exitCodes.usage,
    );
  }
}
