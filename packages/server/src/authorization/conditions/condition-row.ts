import type { AttestedRecipient } from '../../attestation/attested-recipient.ts';
import type { Caller } from '../../authentication/caller.ts';
import type { CallerIdentity } from '../../identities/port.ts';
import type { WireRequest } from '../../protocol/wire-request.ts';
import type { AccountPermission, GovernedKey, KeyPermission } from '../permission.ts';
import type { RolePermission } from '../role-permission.ts';

/** What a request is asked for when a policy has conditions; a call on its way through the pipeline is one. */
export interface RequestFacts {
  readonly caller: Caller;
  readonly identity: CallerIdentity;
  readonly input: Readonly<Record<string, unknown>>;
  readonly wire: Pick<WireRequest, 'sourceIp' | 'isSecure' | 'rawHeaders'>;
  readonly recipient: AttestedRecipient | undefined;
  /** Service time, epoch milliseconds. */
  readonly receivedAt: number;
}

/** A permission as conditions see it; the key may be one that is only about to be made. */
export type JudgedPermission = KeyPermission<GovernedKey> | AccountPermission | RolePermission;

/** Undefined: the request says nothing for the key. */
export type Values = readonly string[] | undefined;

/** One condition key, or one family of them: where its values come from. Nothing is computed before a policy asks. */
export interface ConditionRow {
  /** As documented. A family ends with `:` or `/`; what follows is the rest of the key. */
  readonly name: string;
  /** Not seen by key policies. */
  readonly isForIamOnly?: true;
  /** `rest`: of a family's key, in lower case. */
  valuesIn(request: RequestFacts, permission: JudgedPermission, rest: string): Values;
}

export function one(value: string | undefined): Values {
  return value === undefined ? undefined : [value];
}

/** A set without members is a key without values. */
export function some(values: readonly string[]): Values {
  return values.length === 0 ? undefined : values;
}

export const yesOrNo = (value: boolean): Values => (value ? yes : no);

const yes: Values = ['true'];
const no: Values = ['false'];

/** The values of all pairs whose key is this one in whatever case: condition keys have none ("Condition", IAM User Guide). */
export function valuesOf(pairs: Iterable<readonly [string, string]>, keyInLowerCase: string): Values {
  const values: string[] = [];
  for (const [key, value] of pairs) if (key.toLowerCase() === keyInLowerCase) values.push(value);
  return some(values);
}
