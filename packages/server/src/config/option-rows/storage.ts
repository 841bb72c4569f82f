import { type OptionTable, lastOf } from '../option-spec.ts';
import { parseFileDescriptor, parsePath, parseRecipients } from '../option-values.ts';
import type { ServiceOptions } from '../service-options.ts';

/** Where the installation is, and what opens it. */
export const storageRows: Pick<
  OptionTable<ServiceOptions>,
  'dataDir' | 'backupRecipients' | 'passphraseFd' | 'passphraseFile'
> = {
  dataDir: {
    flag: '--data-dir',
    environment: 'KEYHAVEN_DATA_DIR',
    fileKey: 'dataDir',
    group: 'Storage',
    placeholder: 'folder',
    form: 'path',
    default: './.keyhaven',
    example: '/var/lib/keyhaven',
    doc: 'The folder that holds keys, database and journal; it is made if it is not there.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
  backupRecipients: {
    flag: '--backup-recipient',
    environment: 'KEYHAVEN_BACKUP_RECIPIENT',
    fileKey: 'backupRecipients',
    group: 'Storage',
    placeholder: 'age1...',
    form: 'list',
    default: [],
    example: ['age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'],
    doc: 'An age recipient that backups are encrypted to unless keyhaven backup names others; may be repeated.',
    parse: parseRecipients,
  },
  passphraseFd: {
    flag: '--passphrase-fd',
    environment: 'KEYHAVEN_PASSPHRASE_FD',
    fileKey: 'passphraseFd',
    group: 'Seal',
    placeholder: 'number',
    form: 'number',
    default: undefined,
    example: '3',
    doc: "The open file descriptor to read the seal's passphrase from at the start, up to its end.",
    parse: (texts) => parseFileDescriptor(lastOf(texts)),
  },
  passphraseFile: {
    flag: '--passphrase-file',
    environment: 'KEYHAVEN_PASSPHRASE_FILE',
    fileKey: 'passphraseFile',
    group: 'Seal',
    placeholder: 'file',
    form: 'path',
    default: undefined,
    example: '/run/credentials/keyhaven.service/passphrase',
    doc: "The file to read the seal's passphrase from at the start; keep it on another disk than the data.",
    parse: (texts) => parsePath(lastOf(texts)),
  },
};
