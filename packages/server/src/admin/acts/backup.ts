import { z } from 'zod';
import { act, ActRefusal } from '../act.ts';

/** Writes a backup of the running service, encrypted to the recipients given here or else to those of the options. */
export const backup = act({
  name: 'backup',
  eventName: 'CreateBackup',
  input: z.strictObject({ to: z.string().optional(), recipients: z.array(z.string()).optional() }),
  recorded: ['to', 'recipients'],
  async run({ to, recipients = [] }, { service, options, progress }) {
    if (to === undefined) {
      throw new ActRefusal(
        'It is not said where the backup is to be written.',
        'Name a folder outside the data folder, on another disk, with --to.',
      );
    }
    const all = recipients.length === 0 ? options.backupRecipients : recipients;
    const made = await service().backups.create({ to, recipients: all, onProgress: progress });
    const { path, bytes, sha256, rows, seconds, madeAt } = made;
    const createdAt = new Date(madeAt).toISOString();
    return { path, bytes, sha256, rows, seconds, createdAt, recipients: all };
  },
});
