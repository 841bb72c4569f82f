import { arns } from './cast.ts';
import type { PrincipalText, StatementText } from './decision-case.ts';

type Rest = Partial<StatementText>;
type Actions = string | readonly string[];

/** Allow in a policy with principals. */
export function lets(Principal: PrincipalText, Action: Actions = 'kms:*', rest: Rest = {}): StatementText {
  return { Effect: 'Allow', Principal, Action, Resource: '*', ...rest };
}

/** Deny in a policy with principals. */
export function forbids(Principal: PrincipalText, Action: Actions = 'kms:*', rest: Rest = {}): StatementText {
  return { Effect: 'Deny', Principal, Action, Resource: '*', ...rest };
}

/** Allow in a policy of a caller or an account. */
export function permits(Action: Actions, rest: Rest = {}): StatementText {
  return { Effect: 'Allow', Action, Resource: '*', ...rest };
}

/** Deny in a policy of a caller or an account. */
export function prohibits(Action: Actions, rest: Rest = {}): StatementText {
  return { Effect: 'Deny', Action, Resource: '*', ...rest };
}

/** An Allow only under conditions. */
export function when(Condition: NonNullable<StatementText['Condition']>): Rest {
  return { Condition };
}

/** What every key policy but a deliberate one has: IAM policies of the key's account count. */
export const delegation = lets({ AWS: arns.root });

export const alice: PrincipalText = { AWS: arns.alice };
export const everything = [permits('*')];
