import { AwsError } from '@keyhaven/api-model';
import { type Access, whoCan as accessOf } from '@keyhaven/policy';
import type { Caller } from '../../authentication/caller.ts';
import { whatDecides, whatIsAsked } from '../../authorization/authorizer.ts';
import type { RequestFacts } from '../../authorization/conditions/condition-row.ts';
import type { Permission } from '../../authorization/permission.ts';
import type { AccountControls } from '../../identities/port.ts';
import type { Operation } from '../../pipeline/operation.ts';
import type { Ports } from '../../pipeline/ports.ts';
import { type KeyName, type LocatedKey, locateKey } from '../named-key.ts';
import { noSuchAction, noSuchPrincipal } from '../refusals.ts';
import { keyActions, supposeOperation } from '../supposed-question.ts';
import { KeyGrants } from './key-grants.ts';
import { type KeyWarning, keyWarnings } from './key-warnings.ts';
import { knownValues } from './known-values.ts';
import { type Candidate, candidatesFor, type PrincipalSource } from './principals-of-key.ts';

export interface WhoCanQuestion extends KeyName {
  /** Undefined: every action on a key. */
  readonly action: string | undefined;
  /** An ARN or a service's name; undefined: everyone. */
  readonly principal: string | undefined;
}

export interface PrincipalAccess {
  readonly principal: string;
  readonly kind: Candidate['kind'];
  /** Actions of the same answer together; those that are denied whatever a request says are left out. */
  readonly access: readonly Access[];
}

export interface KeyAccess {
  readonly key: string;
  readonly aliases: readonly string[];
  /** Every action that was asked about. */
  readonly actions: readonly string[];
  /** Those alone who may do any of it. */
  readonly principals: readonly PrincipalAccess[];
  readonly warnings: readonly KeyWarning[];
  /** Whether more principals may than are listed. */
  readonly isCutShort: boolean;
}

export interface WhoCanParts extends PrincipalSource {
  readonly ports: Ports;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly now: () => number;
}

const mostPrincipals = 1000;

/** Who may do what with a key, and why. Throws QuestionRefusal for a key, an action or a principal that there is not. */
export async function whoCan(question: WhoCanQuestion, parts: WhoCanParts): Promise<KeyAccess> {
  const { ports } = parts;
  const located = await locateKey(question, ports);
  const { key } = located;
  const actions = chooseActions(question.action, parts.operations);
  const grants = await KeyGrants.read(key, ports.grantListings);
  const controls = await ports.identities.controlsOf(key.row.account_id, true);
  const only = question.principal;
  let isKnown = only === undefined;
  const principals: PrincipalAccess[] = [];
  for await (const candidate of candidatesFor(key, grants.grantees, parts)) {
    if (only !== undefined && only !== candidate.name) continue;
    isKnown = true;
    const access = await accessOfCandidate(candidate, { located, actions, grants, controls, parts });
    if (access.length === 0) continue;
    principals.push({ principal: candidate.name, kind: candidate.kind, access });
    if (principals.length > mostPrincipals) break;
    // Between two principals, requests have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!isKnown && only !== undefined) await refuseUnknown(only, ports);
  return {
    key: key.arn,
    aliases: key.aliases.map(({ alias_name }) => alias_name),
    actions,
    principals: principals.slice(0, mostPrincipals),
    warnings: await keyWarnings(key, ports.identities),
    isCutShort: principals.length > mostPrincipals,
  };
}

function chooseActions(action: string | undefined, operations: WhoCanParts['operations']): readonly string[] {
  const all = keyActions(operations);
  if (action === undefined) return all;
  const chosen = all.filter((one) => one.toLowerCase() === action.toLowerCase());
  if (chosen.length === 0) throw noSuchAction(action, all);
  return chosen;
}

/** Someone of an account that neither the key's policy nor a grant names may do nothing; someone who does not exist is no one. */
async function refuseUnknown(name: string, { identities }: Ports): Promise<void> {
  if ((await identities.find(name)) === undefined) throw noSuchPrincipal(name);
}

interface Asked {
  readonly located: LocatedKey;
  readonly actions: readonly string[];
  readonly grants: KeyGrants;
  readonly controls: AccountControls;
  readonly parts: WhoCanParts;
}

async function accessOfCandidate(candidate: Candidate, asked: Asked): Promise<readonly Access[]> {
  const { caller, identity } = candidate;
  const { located, controls, parts } = asked;
  const actions: string[] = [];
  for (const action of asked.actions)
    if (await isWithinReach(caller, action, located, parts)) actions.push(action);
  // What is known of a request is the same for every action on the key.
  const permission: Permission = { kind: 'key', action: 'kms:DescribeKey', key: located.key };
  const resource = whatDecides(permission, controls);
  const { conditions, conditionsInKeyPolicy } = whatIsAsked(factsOf(candidate, parts.now()), permission);
  const possible = {
    principal: caller.principal,
    policies: identity.policies,
    grants: asked.grants.of(caller.principal),
    known: knownValues(conditions, identity.policies, resource),
    knownInKeyPolicy: knownValues(conditionsInKeyPolicy, identity.policies, resource),
  };
  return accessOf(located.keyArn, resource, [possible], actions)
    .flatMap(({ access }) => access)
    .filter(({ answer }) => answer !== 'denied');
}

function factsOf({ caller, identity }: Candidate, receivedAt: number): RequestFacts {
  const wire = { sourceIp: '', isSecure: false, rawHeaders: [] };
  return { caller, identity, input: {}, wire, recipient: undefined, receivedAt };
}

/** Most operations reach keys of the caller's own account only, whatever policies say; their targets know. */
async function isWithinReach(
  caller: Caller,
  action: string,
  located: LocatedKey,
  { ports, operations }: WhoCanParts,
): Promise<boolean> {
  if (caller.principal.kind === 'service' || caller.accountId === located.accountId) return true;
  const { target, input } = supposeOperation(action, { ...located, named: located.keyArn }, operations);
  try {
    await target.load({ input, caller, fresh: false }, ports);
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}
