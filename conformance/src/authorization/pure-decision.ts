import {
  compilePolicy,
  decide,
  defaultKeyPolicy,
  grantAllows,
  parsePolicyDocument,
  type AuthorizationRequest,
  type CallerPolicies,
  type Decision,
  type DocumentKind,
  type Grant,
  type NamedPolicy,
  type ResourcePolicies,
} from '@keyhaven/policy';
import { aliasArn, cast, keyArn, own } from './cast.ts';
import type { AskedPermission, CaseGrant, DecisionCase, Expected, PolicyText } from './decision-case.ts';

/** What the policy package decides on one permission that a case asks for. */
export interface PureDecision {
  readonly asked: AskedPermission;
  readonly decision: Decision;
}

/** All that a case says, as the policy package is asked. */
export interface PureQuestion {
  readonly asked: AskedPermission;
  readonly request: AuthorizationRequest;
  readonly caller: CallerPolicies;
  readonly resource: ResourcePolicies;
  /** Those that cover the request. */
  readonly grants: readonly Grant[];
}

const resources = { key: keyArn, alias: aliasArn, account: '*' } as const;

/** Key policies do not see these ("ABAC for AWS KMS" and "kms:ResourceAliases", KMS Developer Guide). */
const iamOnly = /^(?:aws:resourcetag\/|kms:resourcealiases$)/;

/** The questions of a case, one for each permission that its operation needs. */
export function questionsOf(one: DecisionCase): readonly PureQuestion[] {
  const asks = one.request.asks ?? [{ action: `kms:${one.request.operation}`, on: 'key' as const }];
  const caller = callerPolicies(one);
  return asks.map((asked) => ({
    asked,
    request: requestOf(one, asked),
    caller,
    resource: {
      accountId: asked.on === 'key' ? own : cast[one.principal].principal.accountId,
      keyPolicy: asked.on === 'key' ? named('default', keyPolicyOf(one)) : undefined,
      resourceControl: one.resourceControl && policies(one, 'control', one.resourceControl),
    },
    grants: asked.on === 'key' ? grantsFor(one, asked) : [],
  }));
}

/** Decides every question of a case. */
export function decidePurely(one: DecisionCase): readonly PureDecision[] {
  return questionsOf(one).map(({ asked, request, caller, resource, grants }) => ({
    asked,
    decision: decide(request, caller, resource, grants),
  }));
}

/** The outcome of a case in the words of its expectation: the first refusal, or that all is allowed. */
export function outcomeOf(decisions: readonly PureDecision[]): Expected {
  for (const { asked, decision } of decisions) {
    if (decision.effect === 'Allow') continue;
    const by = decision.effect === 'ExplicitDeny' ? 'a Deny' : 'silence';
    return decisions.length === 1
      ? { deny: decision.kind, by }
      : { deny: decision.kind, by, of: asked.action };
  }
  return 'allow';
}

function requestOf(one: DecisionCase, { action, on }: AskedPermission): AuthorizationRequest {
  const values = new Map([...principalValues(one), ...statedValues(one)]);
  const inKeyPolicy = new Map([...values].filter(([key]) => !iamOnly.test(key)));
  return {
    principal: cast[one.principal].principal,
    action,
    resource: resources[on],
    conditions: values,
    conditionsInKeyPolicy: inKeyPolicy,
  };
}

/** What the cast says for condition keys ("AWS global condition context keys", IAM User Guide). */
function principalValues(one: DecisionCase): [string, readonly string[]][] {
  const { principal, tags } = cast[one.principal];
  if (principal.kind === 'service') {
    return [
      ['aws:principalservicename', [principal.serviceName]],
      ['aws:principalisawsservice', ['true']],
    ];
  }
  return [
    ['aws:principalarn', [principal.kind === 'assumed-role' ? principal.roleArn : principal.arn]],
    ['aws:principalaccount', [principal.accountId]],
    ['aws:principalisawsservice', ['false']],
    ['aws:userid', [principal.principalId]],
    ['kms:calleraccount', [principal.accountId]],
    ...(principal.kind === 'user' ? [['aws:username', [principal.userName]] as [string, string[]]] : []),
    ...Object.entries(tags).map(([key, value]): [string, string[]] => [
      `aws:principaltag/${key.toLowerCase()}`,
      [value],
    ]),
  ];
}

function statedValues({ values = {} }: DecisionCase): [string, readonly string[]][] {
  return Object.entries(values).map(([key, value]) => [
    key.toLowerCase(),
    typeof value === 'string' ? [value] : value,
  ]);
}

function callerPolicies(one: DecisionCase): CallerPolicies {
  return {
    identity: policies(one, 'identity', one.identity ?? []),
    boundary: one.boundary && named('boundary', compile(one, 'identity', one.boundary)),
    session: one.session && policies(one, 'identity', one.session),
    serviceControl: one.serviceControl && policies(one, 'control', one.serviceControl),
  };
}

function keyPolicyOf(one: DecisionCase) {
  return one.keyPolicy === undefined
    ? compilePolicy(parsePolicyDocument(defaultKeyPolicy(own)))
    : compile(one, 'key', one.keyPolicy);
}

function policies(one: DecisionCase, kind: DocumentKind, texts: readonly PolicyText[]): NamedPolicy[] {
  return texts.map((text, index) => named(`policy ${index + 1}`, compile(one, kind, text)));
}

function compile({ policyVersion }: DecisionCase, kind: DocumentKind, text: PolicyText) {
  const Version = policyVersion ?? '2012-10-17';
  return compilePolicy(parsePolicyDocument(JSON.stringify({ Version, Statement: text }), kind));
}

function named(name: string, policy: NamedPolicy['policy']): NamedPolicy {
  return { name, policy };
}

function grantsFor(one: DecisionCase, { action }: AskedPermission): readonly Grant[] {
  const { input = {}, via } = one.request;
  const request = {
    operation: action.slice('kms:'.length),
    encryptionContext: contextOf(input),
    sourceArn: via?.sourceArn,
  };
  return (one.grants ?? []).map(grantOf).filter((grant) => grantAllows(grant, request));
}

function grantOf({ operations, grantee, equals, subset, sourceArn }: CaseGrant, index: number): Grant {
  return {
    grantId: `grant ${index + 1}`,
    operations: new Set(operations),
    grantee,
    constraints: {
      encryptionContextEquals: equals && new Map(Object.entries(equals)),
      encryptionContextSubset: subset && new Map(Object.entries(subset)),
      sourceArn,
    },
  };
}

interface ContextInput {
  readonly EncryptionContext?: Record<string, string>;
  readonly SourceEncryptionContext?: Record<string, string>;
  readonly Constraints?: {
    readonly EncryptionContextEquals?: Record<string, string>;
    readonly EncryptionContextSubset?: Record<string, string>;
  };
}

/** Of ReEncrypt the cases give both contexts the same pairs. */
function contextOf(input: ContextInput): ReadonlyMap<string, string> | undefined {
  const pairs =
    input.EncryptionContext ??
    input.SourceEncryptionContext ??
    input.Constraints?.EncryptionContextEquals ??
    input.Constraints?.EncryptionContextSubset;
  return pairs && new Map(Object.entries(pairs));
}
