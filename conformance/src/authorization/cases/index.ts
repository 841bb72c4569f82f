import type { DecisionCase } from '../decision-case.ts';
import { accountActionCases } from './account-actions.ts';
import { aliasCases } from './aliases.ts';
import { boundaryCases } from './boundaries.ts';
import { boolIpArnConditionCases } from './conditions-bool-ip-arn.ts';
import { multivaluedConditionCases } from './conditions-multivalued.ts';
import { numericDateConditionCases } from './conditions-numeric-date.ts';
import { stringConditionCases } from './conditions-string.ts';
import { crossAccountCases } from './cross-account.ts';
import { delegationCases } from './delegation.ts';
import { grantConstraintCases } from './grant-constraints.ts';
import { grantCases } from './grants.ts';
import { keyPolicyDirectCases } from './key-policy-direct.ts';
import { keyPolicyElementCases } from './key-policy-elements.ts';
import { kmsCryptographyConditionKeyCases } from './kms-cryptography-condition-keys.ts';
import { kmsGrantConditionKeyCases } from './kms-grant-condition-keys.ts';
import { kmsKeyConditionKeyCases } from './kms-key-condition-keys.ts';
import { notPrincipalCases } from './not-principal.ts';
import { policyVariableCases } from './policy-variables.ts';
import { resourceControlPolicyCases } from './resource-control-policies.ts';
import { roleCases } from './roles-and-sessions.ts';
import { rootCases } from './root.ts';
import { serviceControlPolicyCases } from './service-control-policies.ts';
import { serviceCases } from './services.ts';
import { sessionPolicyCases } from './session-policies.ts';
import { tagCases } from './tags.ts';

/** The table of decisions, by theme. */
export const decisionCases: Readonly<Record<string, readonly DecisionCase[]>> = {
  'key policies': keyPolicyDirectCases,
  'elements of key policies': keyPolicyElementCases,
  delegation: delegationCases,
  'the root user': rootCases,
  'cross account': crossAccountCases,
  'roles and sessions': roleCases,
  boundaries: boundaryCases,
  'session policies': sessionPolicyCases,
  'service control policies': serviceControlPolicyCases,
  'resource control policies': resourceControlPolicyCases,
  NotPrincipal: notPrincipalCases,
  'conditions on text': stringConditionCases,
  'conditions on numbers and dates': numericDateConditionCases,
  'conditions on truth, addresses and ARNs': boolIpArnConditionCases,
  'conditions on several values': multivaluedConditionCases,
  'policy variables': policyVariableCases,
  'condition keys of cryptography': kmsCryptographyConditionKeyCases,
  'condition keys of keys': kmsKeyConditionKeyCases,
  'condition keys of grants': kmsGrantConditionKeyCases,
  tags: tagCases,
  aliases: aliasCases,
  grants: grantCases,
  'constraints of grants': grantConstraintCases,
  services: serviceCases,
  'actions without a resource': accountActionCases,
};
