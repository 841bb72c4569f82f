import type { CompiledPolicy, CompiledStatement } from '../compile.ts';
import type { CallerPolicies, NamedPolicy, ResourcePolicies } from '../decision/policies.ts';
import { compileResourceSet } from '../resource-set.ts';
import { StatementsByAction } from '../statements-by-action.ts';
import { type Certainty, certaintyOf, type KnownValues } from './certainty.ts';

/**
 * How to take what is not known of a request. At best every statement that perhaps allows does, and none that perhaps denies; at
 * worst it is the other way round. Since one more Allow never takes anything away and one more Deny never gives anything,
 * every request is decided between the two.
 */
export type Stance = 'at best' | 'at worst';

/** The policies of a caller as they are under a stance. */
export function assumeCaller(
  { identity, boundary, session, serviceControl }: CallerPolicies,
  assume: AssumePolicy,
): CallerPolicies {
  return {
    identity: identity.map(assume),
    boundary: boundary && assume(boundary),
    session: session?.map(assume),
    serviceControl: serviceControl?.map(assume),
  };
}

/** The policies of a resource as they are under a stance; key policies know other values than IAM's. */
export function assumeResource(
  { accountId, keyPolicy, resourceControl }: ResourcePolicies,
  assume: AssumePolicy,
  assumeKeyPolicy: AssumePolicy,
): ResourcePolicies {
  return {
    accountId,
    keyPolicy: keyPolicy && assumeKeyPolicy(keyPolicy),
    resourceControl: resourceControl?.map(assume),
  };
}

export type AssumePolicy = (policy: NamedPolicy) => NamedPolicy;

/** Takes policies on a resource under a stance. */
export function assuming(stance: Stance, resource: string, known: KnownValues): AssumePolicy {
  return ({ policy, ...names }) => ({ ...names, policy: assumePolicy(policy, stance, resource, known) });
}

/** Leaves the statements that apply under the stance, without what made them uncertain; those that always apply come first. */
function assumePolicy(
  { statements }: CompiledPolicy,
  stance: Stance,
  resource: string,
  known: KnownValues,
): CompiledPolicy {
  const rated = statements.map((statement) => ({
    statement,
    certainty: certaintyOf(statement, resource, known),
  }));
  const taken = (certainty: Certainty): readonly CompiledStatement[] =>
    rated
      .filter((one) => one.certainty === certainty && isTaken(one.statement, certainty, stance))
      .map(({ statement }) => unconditional(statement));
  const assumed = [...taken('always'), ...taken('perhaps')];
  return { statements: assumed, byAction: new StatementsByAction(assumed) };
}

function isTaken({ effect }: CompiledStatement, certainty: Certainty, stance: Stance): boolean {
  return certainty === 'always' || (effect === 'Allow') === (stance === 'at best');
}

function unconditional(statement: CompiledStatement): CompiledStatement {
  const everything = compileResourceSet({ patterns: ['*'], inverted: false }, statement.effect, '2012-10-17');
  return { ...statement, conditions: [], resources: everything };
}
