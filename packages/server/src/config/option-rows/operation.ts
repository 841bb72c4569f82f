import { parseListenAddress, writeListenAddress } from '../address-values.ts';
import { parseDuration, writeDuration } from '../duration-values.ts';
import { type OptionTable, lastOf } from '../option-spec.ts';
import { parseChoice, parsePath, splitList } from '../option-values.ts';
import { parseOperators, writeOperators } from '../operator-values.ts';
import type { ServiceOptions } from '../service-options.ts';
import { unsafeNames } from '../unsafe.ts';

const hourMs = 3_600_000;

/** Who administers the service, and how strict it is. */
export const operationRows: Pick<
  OptionTable<ServiceOptions>,
  | 'adminSocket'
  | 'adminListen'
  | 'adminOperators'
  | 'journalSync'
  | 'profile'
  | 'allowUnsafe'
  | 'attestationRoots'
  | 'grantPropagation'
  | 'seed'
> = {
  adminSocket: {
    flag: '--admin-socket',
    environment: 'KEYHAVEN_ADMIN_SOCKET',
    fileKey: 'adminSocket',
    group: 'Administration',
    placeholder: 'path',
    form: 'path',
    default: undefined,
    defaultText: 'admin.sock in the data folder',
    example: '/run/keyhaven/admin.sock',
    doc: 'The Unix socket on which the service takes the commands of its administrator.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
  adminListen: {
    flag: '--admin-listen',
    environment: 'KEYHAVEN_ADMIN_LISTEN',
    fileKey: 'adminListen',
    group: 'Administration',
    placeholder: 'address:port',
    form: 'text',
    default: undefined,
    example: '127.0.0.1:4600',
    doc: 'Where to take the commands of operators through the network as well, by HTTPS with a client certificate.',
    parse: (texts) => parseListenAddress(lastOf(texts)),
    write: (address) => (address === undefined ? '' : writeListenAddress(address)),
  },
  adminOperators: {
    flag: '--admin-operator',
    environment: 'KEYHAVEN_ADMIN_OPERATOR',
    fileKey: 'adminOperators',
    group: 'Administration',
    placeholder: 'name=fingerprint',
    form: 'list',
    default: [],
    example: ['alice=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    doc: 'An operator who may use --admin-listen, with the SHA-256 fingerprint of the certificate; may be repeated.',
    parse: parseOperators,
    write: writeOperators,
  },
  journalSync: {
    flag: '--journal-sync',
    environment: 'KEYHAVEN_JOURNAL_SYNC',
    fileKey: 'journalSync',
    group: 'Audit',
    placeholder: 'group|second',
    form: 'text',
    default: undefined,
    defaultText: 'group in production, second in development',
    example: 'group',
    doc: 'When the journal is on the disk: before the replies that it tells of (group), or once a second (second).',
    parse: (texts) => parseChoice(lastOf(texts), ['group', 'second'] as const),
  },
  profile: {
    flag: '--profile',
    environment: 'KEYHAVEN_PROFILE',
    fileKey: 'profile',
    group: 'Safety',
    placeholder: 'name',
    form: 'text',
    default: 'development',
    doc: 'What the service is for, development or production; production refuses whatever is unsafe.',
    parse: (texts) => parseChoice(lastOf(texts), ['development', 'production']),
  },
  allowUnsafe: {
    flag: '--allow-unsafe',
    environment: 'KEYHAVEN_ALLOW_UNSAFE',
    fileKey: 'allowUnsafe',
    group: 'Safety',
    placeholder: 'name',
    form: 'list',
    default: new Set(),
    example: ['file-seal'],
    doc: `An unsafe thing to put up with, named one by one; may be repeated: ${unsafeNames.join(', ')}.`,
    parse: (texts) => new Set(splitList(texts).map((name) => parseChoice(name, unsafeNames))),
    write: (names) => [...names],
  },
  attestationRoots: {
    flag: '--attestation-roots',
    environment: 'KEYHAVEN_ATTESTATION_ROOTS',
    fileKey: 'attestationRoots',
    group: 'Safety',
    placeholder: 'file',
    form: 'path',
    default: undefined,
    defaultText: "AWS's root for Nitro Enclaves and NitroTPM",
    example: 'attestation-roots.pem',
    doc: 'A PEM file with the only authorities that attestation documents of enclaves may lead to, writable by nobody else.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
  grantPropagation: {
    flag: '--grant-propagation',
    environment: 'KEYHAVEN_GRANT_PROPAGATION',
    fileKey: 'grantPropagation',
    group: 'Development',
    placeholder: 'time',
    form: 'text',
    default: { ms: 0 },
    defaultText: '0s, which is at once',
    example: '5m',
    doc: 'How long new grants and the ends of grants take to be effective unless a grant token is used, as AWS needs up to 5m.',
    parse: (texts) => parseDuration(lastOf(texts), hourMs),
    write: writeDuration,
  },
  seed: {
    flag: '--seed',
    environment: 'KEYHAVEN_SEED',
    fileKey: 'seed',
    group: 'Development',
    placeholder: 'file',
    form: 'path',
    default: undefined,
    example: 'seed.yaml',
    doc: 'A YAML file with accounts, keys and aliases to make at the start unless they exist already.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
};
