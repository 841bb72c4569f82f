import { z } from 'zod';
import { count, instant } from '../admin/act.ts';

const statement = { sid: z.string().optional(), index: count };

const errorReply = z.object({ code: z.string(), message: z.string(), status: z.int() });

/** What one policy says to a request. */
export const policyVerdict = z.object({
  kind: z.string(),
  name: z.string(),
  attachedTo: z.string().optional(),
  verdict: z.enum(['allows', 'denies', 'silent']),
  statement: z.object(statement).optional(),
  names: z.string().optional(),
  near: z.array(
    z.object({
      ...statement,
      unmet: z.array(
        z.object({
          key: z.string(),
          operator: z.string(),
          wanted: z.array(z.string()),
          said: z.array(z.string()).optional(),
        }),
      ),
    }),
  ),
});

/** One permission that a request takes. */
export const permissionExplanation = z.object({
  action: z.string(),
  resource: z.string(),
  decision: z.enum(['Allow', 'ExplicitDeny', 'ImplicitDeny']),
  summary: z.string(),
  sentence: z.string(),
  error: errorReply.optional(),
  policies: z.array(policyVerdict),
  grants: z.array(z.object({ grantId: z.string(), operations: z.array(z.string()), covers: z.boolean() })),
  furtherGrants: count,
  toAllow: z.array(z.string()).optional(),
});

/** A request, as it is decided today. */
export const explanation = z.object({
  principal: z.string(),
  decision: z.enum(['allowed', 'denied', 'refused']),
  summary: z.string(),
  error: errorReply.optional(),
  permissions: z.array(permissionExplanation),
  unstated: z.array(z.string()),
});

/** A request of the journal, then and now. */
export const explainedRecord = z.object({
  requestId: z.string(),
  then: z.object({
    at: instant,
    operation: z.string(),
    region: z.string(),
    principal: z.string(),
    outcome: z.enum([
      'allowed',
      'denied',
      'failed before authorization',
      'failed after authorization',
      'failed',
    ]),
    decidedBy: z.string().optional(),
    errorCode: z.string().optional(),
    errorMessage: z.string().optional(),
    resources: z.array(z.string()),
  }),
  now: explanation.optional(),
  whyNotNow: z.string().optional(),
  differs: z.boolean().optional(),
  unrecorded: z.object({ conditionKeys: z.array(z.string()), facts: z.array(z.string()) }),
});

const source = z.object({
  kind: z.string(),
  policy: z.string().optional(),
  statement: z.object(statement).optional(),
  grantId: z.string().optional(),
});

/** Who may do what with a key. */
export const keyAccess = z.object({
  key: z.string(),
  aliases: z.array(z.string()),
  actions: z.array(z.string()),
  principals: z.array(
    z.object({
      principal: z.string(),
      kind: z.string(),
      access: z.array(
        z.object({
          actions: z.array(z.string()),
          answer: z.enum(['allowed', 'allowed under conditions']),
          deciders: z.array(source),
          conditions: z.array(
            z.object({ source, effect: z.enum(['Allow', 'Deny']), conditions: z.array(z.string()) }),
          ),
        }),
      ),
    }),
  ),
  warnings: z.array(z.object({ kind: z.string(), ...statement, text: z.string() })),
  isCutShort: z.boolean(),
});

export type Explanation = z.output<typeof explanation>;
export type PermissionExplanation = z.output<typeof permissionExplanation>;
export type PolicyVerdict = z.output<typeof policyVerdict>;
export type ExplainedRecord = z.output<typeof explainedRecord>;
export type KeyAccess = z.output<typeof keyAccess>;
export type Source = z.output<typeof source>;
