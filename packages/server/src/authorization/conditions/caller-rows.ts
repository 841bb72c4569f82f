import type { Principal } from '../../authentication/principal.ts';
import { type ConditionRow, one, type RequestFacts, some, valuesOf, yesOrNo } from './condition-row.ts';

/*
 * Who asks ("AWS global condition context keys", IAM User Guide; "Principal key values" for each kind of principal). A service
 * that calls for itself is no principal of an account: what speaks of one is absent.
 */

const principalTypes: Readonly<Record<Principal['kind'], string | undefined>> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  service: undefined,
};

const isService = ({ caller }: RequestFacts): boolean => caller.principal.kind === 'service';

/** The ARN of a session is its role's: that is what policies are written for. */
function principalArn({ caller: { principal } }: RequestFacts): string | undefined {
  if (principal.kind === 'service') return undefined;
  return principal.kind === 'assumed-role' ? principal.roleArn : principal.arn;
}

/** `s3.amazonaws.com`, of a service that acts for the caller; `kms:ViaService` names its Region too. */
function callingService({ caller }: RequestFacts): string | undefined {
  const via = caller.service?.viaService;
  return via === undefined ? undefined : `${via.slice(0, via.indexOf('.'))}.amazonaws.com`;
}

export const callerRows: readonly ConditionRow[] = [
  { name: 'aws:PrincipalArn', valuesIn: (request) => one(principalArn(request)) },
  {
    name: 'aws:PrincipalAccount',
    valuesIn: (request) => (isService(request) ? undefined : one(request.caller.accountId)),
  },
  { name: 'aws:PrincipalType', valuesIn: ({ caller }) => one(principalTypes[caller.principal.kind]) },
  { name: 'aws:PrincipalTag/', valuesIn: ({ identity }, _permission, rest) => valuesOf(identity.tags, rest) },
  {
    name: 'aws:userid',
    valuesIn: (request) => (isService(request) ? undefined : one(request.caller.principal.principalId)),
  },
  {
    name: 'aws:username',
    valuesIn: ({ caller: { principal } }) =>
      principal.kind === 'user' ? one(principal.userName) : undefined,
  },
  {
    name: 'aws:TokenIssueTime',
    valuesIn: ({ caller: { session } }) =>
      session === undefined ? undefined : one(new Date(session.issuedAt).toISOString()),
  },
  { name: 'aws:SourceIdentity', valuesIn: ({ caller }) => one(caller.session?.sourceIdentity) },
  // Nobody can prove a second factor here, so sessions say that there was none; access keys never say anything.
  {
    name: 'aws:MultiFactorAuthPresent',
    valuesIn: ({ caller }) => (caller.session === undefined ? undefined : yesOrNo(false)),
  },
  { name: 'aws:PrincipalIsAWSService', valuesIn: (request) => yesOrNo(isService(request)) },
  {
    name: 'aws:PrincipalServiceName',
    valuesIn: ({ caller: { principal } }) =>
      principal.kind === 'service' ? one(principal.serviceName) : undefined,
  },
  {
    name: 'aws:PrincipalServiceNamesList',
    valuesIn: ({ caller: { principal } }) =>
      principal.kind === 'service' ? some([principal.serviceName]) : undefined,
  },
  {
    name: 'aws:ViaAWSService',
    valuesIn: (request) => yesOrNo(callingService(request) !== undefined),
  },
  // A service that acts for a caller is the only one in its chain: services here do not call each other.
  { name: 'aws:CalledVia', valuesIn: (request) => one(callingService(request)) },
  { name: 'aws:CalledViaFirst', valuesIn: (request) => one(callingService(request)) },
  { name: 'aws:CalledViaLast', valuesIn: (request) => one(callingService(request)) },
  { name: 'aws:SourceArn', valuesIn: ({ caller }) => one(caller.service?.sourceArn) },
  { name: 'aws:SourceAccount', valuesIn: ({ caller }) => one(caller.service?.sourceAccount) },
];
