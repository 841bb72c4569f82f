import { z } from 'zod';
import { isServiceName } from '../identities/identifiers.ts';
import { rootScope } from '../domain-keys/keyring.ts';
import { select } from '../storage/query.ts';
import { userTable } from '../storage/identity-tables.ts';
import {
  accessKeyTable,
  accountTable,
  auditOutboxTable,
  domainKeyTable,
  headTable,
  heartbeatTable,
  installationTable,
  usageMarkTable,
} from '../storage/tables.ts';
import { grantCheck } from './grant-check.ts';
import { identityChecks } from './identity-checks.ts';
import { keyChecks } from './key-checks.ts';
import { opens, type RowCheck } from './row-check.ts';

const installationCheck: RowCheck<typeof installationTable> = {
  table: installationTable,
  related: () => [],
  judge(row, _related, { installationId }) {
    if (row.singleton === 'installation' && row.installation_id === installationId) return [];
    const text = `The store says that it belongs to the installation ${row.installation_id}, the seal header to ${installationId}.`;
    return [{ check: 'installation', text }];
  },
};

const domainKeyCheck: RowCheck<typeof domainKeyTable> = {
  table: domainKeyTable,
  related: () => [],
  judge({ id, key_scope, wrapped }, _related, { keyring }) {
    if (opens(() => keyring.unwrap(rootScope, keyring.domainKeyBinding(id, key_scope), wrapped), 32))
      return [];
    return [{ check: 'wrapped-secret', text: `The domain key ${id} does not open under a root key.` }];
  },
};

const accountCheck: RowCheck<typeof accountTable> = {
  table: accountTable,
  related: () => [],
  judge: () => [],
};

const accessKeyCheck: RowCheck<typeof accessKeyTable> = {
  table: accessKeyTable,
  related: ({ account_id, principal_id }) => [
    select(accountTable, { account_id }),
    select(userTable, { account_id, user_id: principal_id }),
  ],
  judge(row, [accounts = [], users = []], { openers }) {
    const { access_key_id: id, account_id, principal_id } = row;
    const flaws = [];
    if (principal_id !== account_id && !isServiceName(principal_id) && users.length === 0) {
      const text = `The access key ${id} belongs to ${principal_id}, which is not there.`;
      flaws.push({ check: 'access-key-principal', text });
    }
    if (accounts.length === 0) {
      const text = `The access key ${id} belongs to the account ${account_id}, which is not there.`;
      flaws.push({ check: 'access-key-account', text });
    }
    if (!opens(() => openers.accessKey(row))) {
      const text = `The secret of the access key ${id} does not open: it was not wrapped for this account and access key.`;
      flaws.push({ check: 'wrapped-secret', text });
    }
    return flaws;
  },
};

const heartbeatCheck: RowCheck<typeof heartbeatTable> = {
  table: heartbeatTable,
  related: () => [],
  judge: () => [],
};

const headCheck: RowCheck<typeof headTable> = {
  table: headTable,
  related: ({ account_id }) => [select(accountTable, { account_id })],
  judge({ account_id, region, commit_number, version }, [accounts = []]) {
    const flaws = [];
    if (accounts.length === 0) {
      const text = `Changes were made in ${region} for the account ${account_id}, which is not there.`;
      flaws.push({ check: 'head-account', text });
    }
    if (commit_number < version) {
      const text = `The head of account ${account_id} in ${region} counts ${commit_number} commits, but was written ${version} times.`;
      flaws.push({ check: 'head-number', text });
    }
    return flaws;
  },
};

const usageMarkCheck: RowCheck<typeof usageMarkTable> = {
  table: usageMarkTable,
  related: () => [],
  judge: () => [],
};

const outboxRecordSchema = z.object({ eventId: z.string() });

const auditOutboxCheck: RowCheck<typeof auditOutboxTable> = {
  table: auditOutboxTable,
  related: () => [],
  judge({ sequence, event_id, record }) {
    try {
      if (outboxRecordSchema.parse(JSON.parse(record)).eventId === event_id) return [];
    } catch {
      // Whatever is wrong with it: it is not the record.
    }
    const text = `The audit record ${event_id} (number ${sequence} of the outbox) is not one that the journal could take.`;
    return [{ check: 'outbox-record', text }];
  },
};

/**
 * Every table with its check, in the order in which they are read: what everything rests on first. A table that is
 * missing here would not be looked at; a test compares the list with the tables.
 */
export const storeChecks: readonly RowCheck[] = [
  installationCheck,
  domainKeyCheck,
  accountCheck,
  accessKeyCheck,
  heartbeatCheck,
  headCheck,
  ...keyChecks,
  grantCheck,
  ...identityChecks,
  usageMarkCheck,
  auditOutboxCheck,
];
