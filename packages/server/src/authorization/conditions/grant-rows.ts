import {
  type ConditionRow,
  type JudgedPermission,
  one,
  type RequestFacts,
  some,
  type Values,
  valuesOf,
  yesOrNo,
} from './condition-row.ts';
import { constraintsOf, encryptionContextOf } from './encryption-context.ts';

/** Actions for which it counts whether a service acts for the caller ("kms:GrantIsForAWSResource"). */
const forResources: ReadonlySet<string> = new Set(['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant']);

function constraintType(permission: JudgedPermission): string | undefined {
  const constraints = constraintsOf(permission);
  if (constraints?.encryptionContextEquals !== undefined) return 'EncryptionContextEquals';
  return constraints?.encryptionContextSubset === undefined ? undefined : 'EncryptionContextSubset';
}

/** A principal that CreateGrant names: an ARN, or a service's name. */
function namedIn(
  { input }: RequestFacts,
  { action }: JudgedPermission,
  member: string,
  kind: 'ARN' | 'service',
): Values {
  const name = action === 'kms:CreateGrant' ? input[member] : undefined;
  return typeof name === 'string' && name.startsWith('arn:') === (kind === 'ARN') ? [name] : undefined;
}

/** Grants and the encryption context, which a grant's constraints have as well ("AWS KMS condition keys", KMS Developer Guide). */
export const grantRows: readonly ConditionRow[] = [
  {
    name: 'kms:EncryptionContext:',
    valuesIn: (request, permission, rest) => valuesOf(encryptionContextOf(request, permission) ?? [], rest),
  },
  {
    name: 'kms:EncryptionContextKeys',
    valuesIn: (request, permission) => some([...(encryptionContextOf(request, permission)?.keys() ?? [])]),
  },
  { name: 'kms:GrantConstraintType', valuesIn: (_request, permission) => one(constraintType(permission)) },
  {
    name: 'kms:GrantConstraintSourceArn',
    valuesIn: (_request, permission) =>
      permission.action === 'kms:CreateGrant' ? one(constraintsOf(permission)?.sourceArn) : undefined,
  },
  {
    name: 'kms:GrantOperations',
    valuesIn: (_request, permission) =>
      permission.kind === 'key' ? some([...(permission.newGrant?.operations ?? [])]) : undefined,
  },
  {
    name: 'kms:GranteePrincipal',
    valuesIn: (request, permission) => namedIn(request, permission, 'GranteePrincipal', 'ARN'),
  },
  {
    name: 'kms:GranteeServicePrincipal',
    valuesIn: (request, permission) =>
      namedIn(request, permission, 'GranteeServicePrincipal', 'service') ??
      namedIn(request, permission, 'GranteePrincipal', 'service'),
  },
  {
    name: 'kms:RetiringPrincipal',
    valuesIn: (request, permission) => namedIn(request, permission, 'RetiringPrincipal', 'ARN'),
  },
  {
    name: 'kms:RetiringServicePrincipal',
    valuesIn: (request, permission) =>
      namedIn(request, permission, 'RetiringServicePrincipal', 'service') ??
      namedIn(request, permission, 'RetiringPrincipal', 'service'),
  },
  {
    name: 'kms:GrantIsForAWSResource',
    valuesIn: ({ caller }, { action }) =>
      forResources.has(action) ? yesOrNo(caller.service?.viaService !== undefined) : undefined,
  },
];
