import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { compilePolicy, type CompiledPolicy } from '../compile.ts';
import type { DocumentKind } from '../document-kind.ts';
import { parsePolicyDocument, type PolicyDocument } from '../document.ts';
import { evaluatePolicy } from '../evaluate.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { listPrincipals } from '../principals.ts';
import { formatPolicy } from '../reformat.ts';
import type { PolicyRequest } from '../request.ts';
import { traceStatements } from '../trace.ts';
import type { FuzzTarget } from './fuzz-target.test-support.ts';
import { kinds, policies, requests } from './policy-arbitraries.test-support.ts';

/** The document; undefined where it is refused in the way that refusals are. */
function findDocument(text: string, kind: DocumentKind): PolicyDocument | undefined {
  try {
    return parsePolicyDocument(text, kind);
  } catch (error) {
    if (error instanceof PolicySyntaxError) return undefined;
    throw error;
  }
}

/** A text of which something was taken away, doubled or put in. */
const damagedPolicies = fc
  .tuple(
    policies,
    fc.nat(2_000),
    fc.nat(40),
    fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('{', ']', '"', ',')),
  )
  .map(([{ kind, text }, at, length, put]) => ({
    kind,
    text: text.slice(0, at) + put + text.slice(at + length),
  }));

const texts = fc.oneof(
  policies,
  damagedPolicies,
  fc.record({ kind: kinds, text: fc.oneof(fc.string(), fc.json()) }),
);

/** What the decision must be, told from the statements one by one. */
function decideByTrace(policy: CompiledPolicy, request: PolicyRequest): string {
  const applying = traceStatements(policy, request).filter(({ applies }) => applies);
  if (applying.some(({ effect }) => effect === 'Deny')) return 'ExplicitDeny';
  return applying.length > 0 ? 'Allow' : 'ImplicitDeny';
}

const principalMatches = ['account', 'role', 'principal', 'service', undefined];

/** Of policies and their evaluation. */
export const policyTargets: readonly FuzzTarget[] = [
  {
    name: 'policy: every text is read or refused with PolicySyntaxError, and reads the same after it was reformatted',
    property: () =>
      fc.property(texts, ({ kind, text }) => {
        const document = findDocument(text, kind);
        if (document === undefined) return;
        deepEqual(parsePolicyDocument(formatPolicy(text), kind), document);
        listPrincipals(document);
      }),
  },
  {
    name: 'policy: the decision is the one that its statements lead to, the first time and the second',
    property: () =>
      fc.property(policies, requests, ({ kind, text }, request) => {
        const document = findDocument(text, kind);
        if (document === undefined) return;
        const policy = compilePolicy(document);
        const decision = evaluatePolicy(policy, request);
        equal(decision.effect, decideByTrace(policy, request));
        deepEqual(evaluatePolicy(policy, request), decision);
        equal(principalMatches.includes(decision.principalMatch), true);
      }),
  },
];
