import { findArn, type Arn } from '../arn.ts';

/**
 * One principal that a policy names; `name` is the text of the policy.
 * An account stands for its root in both forms, the bare account id and `arn:aws:iam::<account>:root`.
 */
export type Principal =
  | { readonly kind: 'anyone'; readonly name: '*' }
  | { readonly kind: PrincipalArnKind; readonly name: string; readonly accountId: string }
  | { readonly kind: 'unique-id' | 'service' | 'federated' | 'canonical-user'; readonly name: string };

/** The kinds that are written as an ARN and belong to an account. */
export type PrincipalArnKind = 'account' | 'user' | 'role' | 'assumed-role' | 'federated-user';

/** Everyone, written `"*"` or `{"AWS": "*"}`. */
export const anyone: Principal = { kind: 'anyone', name: '*' };

const accountId = /^[0-9]{12}$/;
const uniqueId = /^(?:AIDA|AROA)[A-Z0-9]{12,124}$/;

/** The resource part of a principal's ARN, by service; names and paths as IAM's and STS's `CreateUser`, `AssumeRole`. */
const arnKinds: readonly { readonly kind: PrincipalArnKind; service: string; readonly resource: RegExp }[] = [
  { kind: 'account', service: 'iam', resource: /^root$/ },
  { kind: 'user', service: 'iam', resource: /^user\/(?:[\x21-\x7e]{1,511}\/)?[\w+=,.@-]{1,64}$/ },
  { kind: 'role', service: 'iam', resource: /^role\/(?:[\x21-\x7e]{1,511}\/)?[\w+=,.@-]{1,64}$/ },
  { kind: 'assumed-role', service: 'sts', resource: /^assumed-role\/[\w+=,.@-]{1,64}\/[\w+=,.@-]{2,64}$/ },
  { kind: 'federated-user', service: 'sts', resource: /^federated-user\/[\w+=,.@-]{2,32}$/ },
];

/** The principal that a value of `"AWS"` names, or the rule that it breaks, as a clause. */
export function readAwsPrincipal(name: string): Principal | string {
  if (name === '*') return anyone;
  if (accountId.test(name)) return { kind: 'account', name, accountId: name };
  if (uniqueId.test(name)) return { kind: 'unique-id', name };
  if (/[*?]/.test(name)) return 'a wildcard cannot stand inside a principal';
  const arn = findArn(name);
  if (arn === undefined) return 'an AWS principal must be *, an account id, an ARN or a unique id';
  return readArnPrincipal(name, arn);
}

function readArnPrincipal(name: string, arn: Arn): Principal | string {
  if (arn.service === 'iam' && arn.resource.startsWith('group/')) return 'a group cannot be a principal';
  const form = arnKinds.find(
    ({ service, resource }) => service === arn.service && resource.test(arn.resource),
  );
  if (form === undefined || arn.region !== '' || !accountId.test(arn.accountId)) {
    return 'the ARN of a principal must name an account root, user, role, role session or federated user';
  }
  return { kind: form.kind, name, accountId: arn.accountId };
}
