import {
  lastOf,
  type OptionSpec,
  type OptionTable,
  optionTable,
  OptionValueError,
  parseChoice,
  parseHost,
  parsePath,
  type ServiceOptions,
  splitList,
} from '@keyhaven/server/config';

export const sealKinds = ['passphrase', 'shamir', 'kms', 'file'] as const;
export type SealKind = (typeof sealKinds)[number];

/** What `keyhaven init` can be told: some options of the service, and what is needed to make an installation. */
export interface InitOptions extends Pick<
  ServiceOptions,
  | 'dataDir'
  | 'host'
  | 'port'
  | 'allowHosts'
  | 'tlsCert'
  | 'tlsKey'
  | 'passphraseFile'
  | 'passphraseFd'
  | 'backupRecipients'
  | 'allowUnsafe'
> {
  readonly config: string | undefined;
  readonly seal: SealKind | undefined;
  readonly shares: number | undefined;
  readonly threshold: number | undefined;
  readonly sharesDir: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly kmsRegion: string | undefined;
  readonly kmsEndpoint: string | undefined;
  readonly kmsCaFile: string | undefined;
  readonly tlsSelfSigned: readonly string[];
  readonly accountId: string | undefined;
  readonly accountName: string | undefined;
  readonly credentialsFile: string | undefined;
}

const path = { form: 'path', placeholder: 'file', default: undefined, environment: undefined } as const;
const text = { form: 'text', default: undefined, environment: undefined } as const;
const number = { form: 'number', placeholder: 'number', default: undefined, environment: undefined } as const;

/** Every option of `keyhaven init`, in the order of its help. The names are those of an answers file as well. */
export const initTable: OptionTable<InitOptions> = {
  dataDir: {
    ...optionTable.dataDir,
    doc: 'The folder to make the installation in; it must be empty or not be there.',
  },
  config: {
    ...path,
    flag: '--config',
    environment: 'KEYHAVEN_CONFIG',
    fileKey: 'config',
    group: 'Storage',
    defaultText: 'keyhaven.yaml in the data folder',
    doc: 'Where to write the configuration file.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
  backupRecipients: optionTable.backupRecipients,
  seal: {
    ...text,
    flag: '--seal',
    fileKey: 'seal',
    group: 'Seal',
    placeholder: 'kind',
    doc: 'What opens the installation at each start: passphrase, shamir (shares of several people), kms (another KMS) or file.',
    parse: (texts) => parseChoice(lastOf(texts), sealKinds),
  },
  passphraseFile: {
    ...optionTable.passphraseFile,
    doc: 'The file to read the new passphrase from; - is standard input.',
  },
  passphraseFd: {
    ...optionTable.passphraseFd,
    doc: 'The open file descriptor to read the new passphrase from, up to its end.',
  },
  shares: {
    ...number,
    flag: '--shares',
    fileKey: 'shares',
    group: 'Seal',
    doc: 'For shamir: how many shares there are, at most 64.',
    parse: (texts) => parseShareNumber(lastOf(texts)),
  },
  threshold: {
    ...number,
    flag: '--threshold',
    fileKey: 'threshold',
    group: 'Seal',
    doc: 'For shamir: how many of the shares open the seal, at least 2.',
    parse: (texts) => parseShareNumber(lastOf(texts)),
  },
  sharesDir: {
    ...path,
    placeholder: 'folder',
    flag: '--shares-dir',
    fileKey: 'sharesDir',
    group: 'Seal',
    doc: 'For shamir: write each share into a file of this folder instead of showing it.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
  kmsKeyId: {
    ...text,
    flag: '--kms-key-id',
    fileKey: 'kmsKeyId',
    group: 'Seal',
    placeholder: 'key',
    doc: 'For kms: id, ARN or alias of the KMS key that the seal uses.',
    parse: (texts) => parseWord(lastOf(texts)),
  },
  kmsRegion: {
    ...text,
    flag: '--kms-region',
    fileKey: 'kmsRegion',
    group: 'Seal',
    placeholder: 'region',
    doc: 'For kms: the Region of that key.',
    parse: (texts) => parseWord(lastOf(texts)),
  },
  kmsEndpoint: {
    ...text,
    flag: '--kms-endpoint',
    fileKey: 'kmsEndpoint',
    group: 'Seal',
    placeholder: 'url',
    doc: 'For kms: the endpoint, if it is not that of AWS.',
    parse: (texts) => parseWord(lastOf(texts)),
  },
  kmsCaFile: {
    ...path,
    flag: '--kms-ca-file',
    fileKey: 'kmsCaFile',
    group: 'Seal',
    doc: 'For kms: a PEM file with the authorities to trust for that endpoint.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
  host: optionTable.host,
  port: optionTable.port,
  allowHosts: {
    ...optionTable.allowHosts,
    doc: 'A further name that clients may reach the service by; those in its certificate are allowed anyhow.',
  },
  tlsCert: optionTable.tlsCert,
  tlsKey: optionTable.tlsKey,
  tlsSelfSigned: {
    flag: '--tls-self-signed',
    environment: undefined,
    fileKey: 'tlsSelfSigned',
    group: 'TLS',
    placeholder: 'name',
    form: 'list',
    default: [],
    doc: 'Make a self-signed certificate for these names and addresses instead, separated by commas.',
    parse: (texts) => splitList(texts).map(parseHost),
  },
  accountId: {
    ...text,
    flag: '--account-id',
    fileKey: 'accountId',
    group: 'Administration',
    placeholder: 'account-id',
    defaultText: 'drawn',
    doc: 'The id of the first account: 12 digits.',
    parse: (texts) => parseAccountId(lastOf(texts)),
  },
  accountName: {
    ...text,
    flag: '--account-name',
    fileKey: 'accountName',
    group: 'Administration',
    placeholder: 'name',
    doc: 'A name to know the first account by.',
    parse: (texts) => parseWord(lastOf(texts)),
  },
  credentialsFile: {
    ...path,
    flag: '--credentials-file',
    fileKey: 'credentialsFile',
    group: 'Administration',
    doc: 'Write the credentials into this new file instead of showing them.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
  allowUnsafe: optionTable.allowUnsafe,
};

/** A file that answers instead of flags; not in itself. */
export const answersOption: OptionSpec<string | undefined> = {
  ...path,
  flag: '--answers',
  fileKey: '',
  group: 'Storage',
  doc: 'A YAML file with these options by name, such as seal: passphrase; flags win over it.',
  parse: (texts) => parsePath(lastOf(texts)),
};

export const initSpecs: readonly OptionSpec[] = Object.values<OptionSpec>(initTable);

function parseWord(given: string): string {
  if (given.trim() === given && /^[^\p{Cc}]{1,2048}$/u.test(given)) return given;
  throw new OptionValueError('must not be empty, nor have control characters or spaces at its ends');
}

function parseAccountId(given: string): string {
  if (/^\d{12}$/.test(given)) return given;
  throw new OptionValueError('must be 12 digits');
}

function parseShareNumber(given: string): number {
  const value = /^\d{1,2}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= 2 && value <= 64) return value;
  throw new OptionValueError('must be a whole number from 2 to 64');
}
