import { newAccessKey, newAccountId } from '../../accounts/credentials.ts';
import { act, ActRefusal } from '../act.ts';
import { z } from 'zod';

/** Makes an account with an access key of its root user, whose secret is shown this once. */
export const accountCreate = act({
  name: 'account-create',
  eventName: 'CreateAccount',
  input: z.strictObject({
    accountId: z
      .string()
      .regex(/^\d{12}$/)
      .optional(),
    name: z.string().min(1).max(64).optional(),
  }),
  recorded: ['name'],
  async run({ accountId = newAccountId(), name }, { service, clock, commit }) {
    const { accounts } = service().parts;
    if (accounts.exists(accountId)) {
      throw new ActRefusal(
        `There is an account ${accountId} already.`,
        'Choose another id, or leave it out.',
      );
    }
    const { accessKeyId, secretAccessKey } = newAccessKey();
    const now = clock.now();
    await commit(
      [
        accounts.accountChange(accountId, now, name ?? null),
        accounts.rootAccessKeyChange(accountId, accessKeyId, secretAccessKey, now),
      ],
      { accountId, accessKeyId },
    );
    return { accountId, accessKeyId, secretAccessKey };
  },
});
