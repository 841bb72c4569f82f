import type { CompiledStatement } from '../compile.ts';
import type { PolicyKind } from '../decision/decision.ts';
import { orderOfKinds } from '../decision/heard.ts';
import type { NamedPolicy, ResourcePolicies } from '../decision/policies.ts';
import { matchesPatternSet } from '../glob/pattern-set.ts';
import { matchPrincipalSet } from '../principal-set.ts';
import type { RequestPrincipal } from '../request.ts';
import type { OpenCondition, PossibleCaller } from './access.ts';
import { certaintyOf, certaintyOfCondition, type KnownValues } from './certainty.ts';
import { wordCondition } from './condition-words.ts';
import { wordConstraints } from './grant-conditions.ts';
import { policiesOf } from './policies-of-kind.ts';

const nothingKnown: KnownValues = new Map();

/** The statements and grants that are about the caller and the action, and that perhaps apply. */
export function findOpenConditions(
  action: string,
  keyArn: string,
  resource: ResourcePolicies,
  caller: PossibleCaller,
): readonly OpenCondition[] {
  const { principal, policies, known = nothingKnown, knownInKeyPolicy = known } = caller;
  const ofPolicies = orderOfKinds.flatMap((kind) => {
    const seen = kind === 'resource-based policy' ? knownInKeyPolicy : known;
    return policiesOf(kind, principal, policies, resource).flatMap((policy) =>
      findInPolicy(kind, policy, { action, principal, keyArn, known: seen }),
    );
  });
  return [...ofPolicies, ...findInGrants(action, caller)];
}

interface Asked {
  readonly action: string;
  readonly principal: RequestPrincipal;
  readonly keyArn: string;
  readonly known: KnownValues;
}

function findInPolicy(kind: PolicyKind, { name, policy }: NamedPolicy, asked: Asked): OpenCondition[] {
  return policy.statements
    .filter((statement) => isAbout(statement, asked))
    .filter((statement) => certaintyOf(statement, asked.keyArn, asked.known) === 'perhaps')
    .map((statement) => ({
      source: { kind, policy: name, statement: statement.statement },
      effect: statement.effect,
      conditions: wordStatement(statement, asked.known),
    }));
}

function isAbout({ principals, actions, effect }: CompiledStatement, { action, principal }: Asked): boolean {
  const isNamed = principals === undefined || matchPrincipalSet(principals, principal, effect) !== undefined;
  return isNamed && matchesPatternSet(actions, action.toLowerCase());
}

/** What is open of a statement: conditions, and variables in its resources. */
function wordStatement({ conditions, resources }: CompiledStatement, known: KnownValues): readonly string[] {
  const open = conditions.filter((condition) => certaintyOfCondition(condition, known) === 'perhaps');
  const words = open.map(({ condition }) => wordCondition(condition));
  const isOpen = resources.templates.length > 0;
  return isOpen ? [...words, 'the resource, written with policy variables, is this key'] : words;
}

function findInGrants(action: string, { grants }: PossibleCaller): OpenCondition[] {
  const operation = action.slice(action.indexOf(':') + 1);
  return grants
    .filter(({ operations }) => operations.has(operation))
    .map((grant) => ({
      source: { kind: 'grant' as const, grantId: grant.grantId },
      effect: 'Allow' as const,
      conditions: wordConstraints(grant, operation),
    }))
    .filter(({ conditions }) => conditions.length > 0);
}
