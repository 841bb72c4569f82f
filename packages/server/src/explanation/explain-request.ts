import { AwsError } from '@keyhaven/api-model';
import type { AttestedRecipient } from '../attestation/attested-recipient.ts';
import type { Caller } from '../authentication/caller.ts';
import { conditionRows } from '../authorization/conditions/condition-values.ts';
import type { RequestFacts } from '../authorization/conditions/condition-row.ts';
import type { Operation } from '../pipeline/operation.ts';
import type { Ports } from '../pipeline/ports.ts';
import type { ErrorReply, Explanation, PermissionExplanation } from './explanation.ts';
import { explainPermission } from './explain-permission.ts';
import type { StatedConditions } from './noted-conditions.ts';

/** A request that is not made: one that was once, or is supposed to be. */
export interface AskedRequest {
  /** AWS's name of the operation. */
  readonly name: string;
  readonly target: Operation['target'];
  /** The members that are known. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly wire: RequestFacts['wire'];
  readonly recipient: AttestedRecipient | undefined;
  /** Epoch milliseconds: when it asks. */
  readonly askedAt: number;
  /** Epoch milliseconds: whose grants count. */
  readonly grantsAt: number;
  readonly stated: StatedConditions;
  /** Of the permissions that the operation takes, the one that is asked about; undefined: all. */
  readonly action: string | undefined;
}

/** Tells how a request is decided now, by the same targets, rules and texts as one that comes in. It changes nothing. */
export async function explainRequest(asked: AskedRequest, ports: Ports): Promise<Explanation> {
  const { input, caller, wire, recipient, stated, grantsAt, askedAt: receivedAt } = asked;
  const unanswered = new Set<string>();
  const permissions: PermissionExplanation[] = [];
  let refused: AwsError | undefined;
  try {
    const identity = await ports.identities.of(caller, true);
    const request: RequestFacts = { caller, identity, input, wire, recipient, receivedAt };
    for await (const permission of permissionsOf(asked, ports)) {
      if (asked.action !== undefined && permission.action !== asked.action) continue;
      const one = { request, permission, stated, grantsAt, unanswered };
      permissions.push(await explainPermission(one, ports));
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    refused = error;
  }
  return {
    principal: caller.principal.arn,
    ...outcomeOf(permissions, refused),
    permissions,
    unstated: [...unanswered].map(documentedName).sort(),
  };
}

async function* permissionsOf({ name, target, input, caller }: AskedRequest, ports: Ports) {
  const loading = { input, caller, fresh: true };
  // Making a key takes the Region's domain key, which would be made here; the permissions do not depend on it.
  const loaded = name === 'CreateKey' ? undefined : await target.load(loading, ports);
  yield* target.permissions(loaded, loading, name);
}

type Outcome = Pick<Explanation, 'decision' | 'summary' | 'error'>;

/** A condition key as AWS writes it; what follows a family's prefix stays in lower case. */
function documentedName(key: string): string {
  const row = conditionRows.find(({ name }) => {
    const lowerCase = name.toLowerCase();
    return lowerCase === key || (/[:/]$/.test(name) && key.startsWith(lowerCase));
  });
  return row === undefined ? key : row.name + key.slice(row.name.length);
}

/** What the client hears first: permissions are asked for in their order, and the first that is not given ends the request. */
function outcomeOf(permissions: readonly PermissionExplanation[], refused: AwsError | undefined): Outcome {
  const denied = permissions.find(({ decision }) => decision !== 'Allow');
  if (denied !== undefined) {
    const { summary, error } = denied;
    return { decision: 'denied', summary, ...(error === undefined ? {} : { error }) };
  }
  if (refused !== undefined) return refusedOutcome(refused);
  const summaries = [...new Set(permissions.map(({ summary }) => summary.slice('ALLOWED: '.length)))];
  const reason = summaries.length === 0 ? 'it takes no permission' : summaries.join('; ');
  return { decision: 'allowed', summary: `ALLOWED: ${reason}` };
}

function refusedOutcome({ code, message, status }: AwsError): Outcome {
  const error: ErrorReply = { code, message, status };
  if (code !== 'AccessDeniedException')
    return {
      decision: 'refused',
      summary: `REFUSED: before any permission is asked for, with ${code}`,
      error,
    };
  return {
    decision: 'denied',
    summary: 'DENIED: the key is out of reach, before its policies are asked',
    error,
  };
}
