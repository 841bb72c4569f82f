import {
  type AuthorizationRequest,
  decide,
  type Decision,
  evaluatePolicy,
  type Grant,
  type ResourcePolicies,
} from '@keyhaven/policy';
import type { Grants, OpenedTokens, StoredGrant } from '../grants/port.ts';
import type { AccountControls, Identities } from '../identities/port.ts';
import { keyArn } from '../keys/key-arn.ts';
import { andThen, type Maybe } from '../maybe.ts';
import { grantTable, kmsKeyTable } from '../storage/tables.ts';
import { type ExpectedVersion, unchanged } from '../storage/unit-of-work.ts';
import type { JudgedPermission, RequestFacts } from './conditions/condition-row.ts';
import { RequestConditions } from './conditions/condition-values.ts';
import { describeDecision } from './describe-decision.ts';
import { coverOf, mayBeGranted } from './grant-cover.ts';
import type { Permission } from './permission.ts';
import { refusalOf } from './refusal.ts';
import { judgeRetirement } from './retirement.ts';

/** May this request do one of the things that it takes? */
export interface Question {
  readonly request: RequestFacts;
  readonly permission: Permission;
  /** The grants that the request's grant tokens name. */
  readonly tokens: OpenedTokens;
  /** Of a write: what it rests on is read now. */
  readonly fresh: boolean;
}

/** Why the request may. */
export interface Authorization {
  /** For the audit record. */
  readonly decidedBy: string | undefined;
  /** What a write commits on, because this rests on it; empty for a read. */
  readonly expect: readonly ExpectedVersion[];
}

interface Judged {
  readonly decision: Decision;
  /** The grant that let the caller in. */
  readonly grant: StoredGrant | undefined;
  readonly controls: AccountControls;
}

const noGrants: readonly Grant[] = [];
const restsOnNothing: readonly ExpectedVersion[] = [];

/**
 * Decides on what requests ask ("Policy evaluation logic", IAM User Guide; "Grants in AWS KMS", KMS Developer Guide). Grants are
 * asked only where no policy allows and none that limits them has refused.
 */
export class Authorizer {
  readonly #identities: Pick<Identities, 'controlsOf'>;
  readonly #grants: Pick<Grants, 'forCaller'>;

  constructor(identities: Pick<Identities, 'controlsOf'>, grants: Pick<Grants, 'forCaller'>) {
    this.#identities = identities;
    this.#grants = grants;
  }

  /** Throws, or rejects with, AccessDeniedException unless the caller may. */
  authorize(question: Question): Maybe<Authorization> {
    return andThen(this.#judge(question), (judged) => {
      const { decision } = judged;
      if (decision.effect !== 'Allow') {
        const { request, permission } = question;
        throw refusalOf(decision, request.caller, permission, () => keyPolicyLetsIn(request, permission));
      }
      const expect = question.fresh ? restsOn(question, judged) : restsOnNothing;
      return { decidedBy: describeDecision(decision), expect };
    });
  }

  /** The decision alone, whichever it is. */
  decide(question: Question): Maybe<Decision> {
    return andThen(this.#judge(question), ({ decision }) => decision);
  }

  #judge(question: Question): Maybe<Judged> {
    const { request, permission, fresh } = question;
    const ownerId = ownerOf(permission);
    if (ownerId === request.caller.accountId) return this.#judgeUnder(request.identity, question);
    return andThen(this.#identities.controlsOf(ownerId, fresh), (controls) =>
      this.#judgeUnder(controls, question),
    );
  }

  #judgeUnder(controls: AccountControls, question: Question): Maybe<Judged> {
    const { request, permission, tokens, fresh } = question;
    const { policies } = request.identity;
    const asked = whatIsAsked(request, permission);
    const resource = whatDecides(permission, controls);
    if (permission.kind === 'key' && permission.retirement !== undefined) {
      const decision = judgeRetirement(asked, policies, resource, permission.retirement);
      return { decision, grant: undefined, controls };
    }
    const decision = decide(asked, policies, resource, noGrants);
    if (permission.kind !== 'key' || !mayBeGranted(decision, permission))
      return { decision, grant: undefined, controls };
    const { principal } = request.caller;
    const found = this.#grants.forCaller(principal, permission.key, tokens, request.receivedAt, fresh);
    return andThen(found, (stored) => {
      const covers = coverOf(request, permission);
      const covering = stored.filter(({ grant }) => covers(grant));
      if (covering.length === 0) return { decision, grant: undefined, controls };
      const granted = decide(
        asked,
        policies,
        resource,
        covering.map(({ grant }) => grant),
      );
      return { decision: granted, grant: findUsed(granted, covering), controls };
    });
  }
}

/** The decision by policies alone, on a key that may be about to be made. `controls`: those of the key's account. */
export function decideByPolicies(
  request: RequestFacts,
  permission: JudgedPermission,
  controls: AccountControls,
): Decision {
  return decide(
    whatIsAsked(request, permission),
    request.identity.policies,
    whatDecides(permission, controls),
    noGrants,
  );
}

/** The account whose controls limit what is done to the resource. */
export function ownerOf(permission: JudgedPermission): string {
  return permission.kind === 'key' ? permission.key.row.account_id : permission.accountId;
}

/** What every policy is asked, for one permission. */
export function whatIsAsked(request: RequestFacts, permission: JudgedPermission): AuthorizationRequest {
  return {
    principal: request.caller.principal,
    action: permission.action,
    resource: resourceOf(request, permission),
    conditions: new RequestConditions(request, permission, 'any other policy'),
    conditionsInKeyPolicy: new RequestConditions(request, permission, 'key policy'),
  };
}

function resourceOf({ caller }: RequestFacts, permission: JudgedPermission): string {
  if (permission.kind === 'key') return permission.key.arn;
  // The tags of a key that is about to be made, whose id is not known: policies for all keys of the account and Region match.
  return permission.resourceArn ?? keyArn(permission.accountId, caller.region, '*');
}

/** The policies on the side of the resource. */
export function whatDecides(
  permission: JudgedPermission,
  { resourceControl }: AccountControls,
): ResourcePolicies {
  const accountId = ownerOf(permission);
  if (permission.kind === 'account') return { accountId, keyPolicy: undefined, resourceControl };
  if (permission.kind === 'role')
    return { accountId, keyPolicy: { name: 'trust policy', policy: permission.trust }, resourceControl };
  return { accountId, keyPolicy: { name: 'default', policy: permission.key.policy }, resourceControl };
}

function keyPolicyLetsIn(request: RequestFacts, permission: Permission): boolean {
  if (permission.kind !== 'key' || permission.retirement !== undefined) return false;
  const { principal, action, resource, conditionsInKeyPolicy: conditions } = whatIsAsked(request, permission);
  const { effect } = evaluatePolicy(permission.key.policy, { principal, action, resource, conditions });
  return effect === 'Allow';
}

function findUsed(decision: Decision, covering: readonly StoredGrant[]): StoredGrant | undefined {
  if (decision.effect !== 'Allow') return undefined;
  const decider = decision.deciders.find(({ kind }) => kind === 'grant');
  return covering.find(({ grant }) => decider?.kind === 'grant' && grant.grantId === decider.grantId);
}

/** The identities of the caller's account and of the key's; the key, whose version its policy, tags and aliases raise; the grant. */
function restsOn({ request, permission }: Question, { grant, controls }: Judged): readonly ExpectedVersion[] {
  const expect = [...request.identity.expect];
  if (controls !== request.identity) expect.push(...controls.expect);
  if (permission.kind === 'key') expect.push(unchanged(kmsKeyTable, permission.key.row));
  if (grant !== undefined) expect.push(unchanged(grantTable, grant.row));
  return expect;
}
