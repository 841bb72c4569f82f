export { ArnSyntaxError, findArn, isArn, parseArn, type Arn } from './arn.ts';
export {
  compilePolicy,
  type CompiledPolicy,
  type CompiledStatement,
  type DecidingStatement,
  type PolicyDecision,
} from './compile.ts';
export { type ConditionValues, noConditionValues } from './conditions/condition-values.ts';
export {
  type ConditionKey,
  type ConditionKeyType,
  findConditionKey,
  listConditionKeys,
} from './conditions/condition-keys.ts';
export { decide } from './decision/decide.ts';
export type {
  AuthorizationRequest,
  Decider,
  Decision,
  PolicyDecider,
  PolicyKind,
} from './decision/decision.ts';
export {
  type CallerPolicies,
  type NamedPolicy,
  noPolicies,
  type ResourcePolicies,
} from './decision/policies.ts';
export { defaultKeyPolicy } from './default-key-policy.ts';
export type { DocumentKind } from './document-kind.ts';
export {
  parsePolicyDocument,
  parseStoredPolicyDocument,
  type PolicyDocument,
  type PolicyVersion,
} from './document.ts';
export type { Principal, PrincipalArnKind } from './elements/principal-name.ts';
export { evaluatePolicy } from './evaluate.ts';
export type { Access, CallerAccess, OpenCondition, PossibleCaller } from './explain/access.ts';
export type { KnownValues } from './explain/certainty.ts';
export { explainDecision } from './explain/explain-decision.ts';
export type {
  ConsideredGrant,
  Explanation,
  GrantExplanation,
  KindExplanation,
  PolicyExplanation,
} from './explain/explanation.ts';
export { whoCan } from './explain/who-can.ts';
export { grantAllows } from './grants/grant-allows.ts';
export type { Grant, GrantConstraints, GrantRequest } from './grants/grant.ts';
export { type GrantedRights, mayPassOn } from './grants/pass-on.ts';
export { PolicySyntaxError } from './policy-syntax-error.ts';
export type { PrincipalMatch } from './principal-set.ts';
export { listPrincipals, type NamedPrincipal } from './principals.ts';
export { compactPolicy, formatPolicy } from './reformat.ts';
export type {
  PolicyRequest,
  RequestPrincipal,
  RoleSessionPrincipal,
  RootPrincipal,
  ServicePrincipal,
  UserPrincipal,
} from './request.ts';
export type { Statement, StatementEffect } from './statement.ts';
export { type ConditionTrace, type StatementTrace, traceStatements } from './trace.ts';
