import { z } from 'zod';
import { documentFault, mostDocumentCharacters } from '../../identities/document-rules.ts';
import { identityHeadChange } from '../../identities/head-change.ts';
import { select } from '../../storage/query.ts';
import { controlPolicyTable } from '../../storage/identity-tables.ts';
import { type Change, insert, remove, update } from '../../storage/unit-of-work.ts';
import { act, type ActContext, ActRefusal } from '../act.ts';
import { findAccount } from './account-status.ts';

const type = z.enum(['service', 'resource']);
const name = z
  .string()
  .regex(/^[\w+=,.@-]{1,128}$/, 'must be 1 to 128 letters, digits and characters of _+=,.@-');
const policy = z.strictObject({ accountId: z.string(), type, name });
type PolicyName = z.infer<typeof policy>;

/**
 * Limits an account by a policy that none of its principals can change: `service` what its own principals may do (a service
 * control policy), `resource` what anyone may do to its keys (a resource control policy). It holds for the next request.
 * Another of the same name and type is replaced.
 */
export const controlPolicySet = act({
  name: 'control-policy-set',
  eventName: 'SetControlPolicy',
  input: policy.extend({ document: z.string() }),
  recorded: ['accountId', 'type', 'name', 'document'],
  async run({ document, ...named }, context) {
    const { accountId, type: kind, name: policy_name } = named;
    await findAccount(accountId, context);
    refuseDocument(document);
    const existing = await findControlPolicy(named, context);
    const change =
      existing === undefined
        ? insert(controlPolicyTable, { account_id: accountId, kind, policy_name, document })
        : update(controlPolicyTable, existing, { document });
    await commit(change, accountId, context);
    return named;
  },
});

export const controlPolicyList = act({
  name: 'control-policy-list',
  eventName: 'ListControlPolicies',
  input: z.strictObject({ accountId: z.string() }),
  recorded: ['accountId'],
  async run({ accountId }, context) {
    await findAccount(accountId, context);
    const query = select(controlPolicyTable, { account_id: accountId }, { orderBy: 'policy_name' });
    const [rows] = await context.service().parts.storage.snapshot(query);
    const policies = rows.map(({ kind, policy_name, document }) => ({
      type: kind,
      name: policy_name,
      document,
    }));
    return { accountId, policies };
  },
});

export const controlPolicyRemove = act({
  name: 'control-policy-remove',
  eventName: 'RemoveControlPolicy',
  input: policy,
  recorded: ['accountId', 'type', 'name'],
  async run(named, context) {
    await findAccount(named.accountId, context);
    const existing = await findControlPolicy(named, context);
    if (existing === undefined) {
      throw new ActRefusal(
        `The account ${named.accountId} has no ${named.type} control policy ${named.name}.`,
        'keyhaven control-policy list --account ID shows those of an account.',
      );
    }
    await commit(remove(controlPolicyTable, existing), named.accountId, context);
    return named;
  },
});

function refuseDocument(document: string): void {
  const fault = documentFault(document, 'control');
  if (fault !== undefined) throw new ActRefusal(`The document is refused: ${fault}`, 'Correct the document.');
  const most = mostDocumentCharacters.control;
  if (document.length > most)
    throw new ActRefusal(
      `The document has more than ${most.toLocaleString('en')} characters.`,
      'Shorten it.',
    );
}

async function findControlPolicy(
  { accountId, type: kind, name: policy_name }: PolicyName,
  context: ActContext,
) {
  const query = select(controlPolicyTable, { account_id: accountId, kind, policy_name });
  const [[row]] = await context.service().parts.storage.snapshot(query);
  return row;
}

async function commit(change: Change, accountId: string, context: ActContext): Promise<void> {
  const { storage } = context.service().parts;
  await context.commit([await identityHeadChange(storage, accountId, context.clock.now()), change], {
    accountId,
  });
}
