import type {
  ConditionTrace,
  KindExplanation,
  PolicyExplanation,
  PolicyKind,
  StatementTrace,
} from '@keyhaven/policy';
import type { NamedStatement, NearStatement, PolicyVerdict, UnmetCondition } from './explanation.ts';

/** What each policy says, kind by kind, in the shape of answers. */
export function policyVerdicts(kinds: readonly KindExplanation[]): readonly PolicyVerdict[] {
  return kinds.flatMap(({ kind, policies }) => policies.map((policy) => verdictOf(kind, policy)));
}

const verdicts = { Allow: 'allows', ExplicitDeny: 'denies', ImplicitDeny: 'silent' } as const;

function verdictOf(kind: PolicyKind, policy: PolicyExplanation): PolicyVerdict {
  const { name, attachedTo, verdict, statements } = policy;
  const deciding = verdict === 'ImplicitDeny' ? undefined : findDeciding(policy);
  return {
    kind,
    name,
    ...(attachedTo === undefined ? {} : { attachedTo }),
    verdict: verdicts[verdict],
    ...(deciding === undefined ? {} : { statement: named(deciding) }),
    ...(deciding?.effect !== 'Allow' || deciding.principalMatch === undefined
      ? {}
      : { names: deciding.principalMatch }),
    near: verdict === 'ImplicitDeny' ? nearAllows(statements) : [],
  };
}

/** How directly a statement names the caller: of several that allow, the strongest decides (`evaluatePolicy`). */
const strengths = ['account', 'role', 'principal', 'service'] as const;

function findDeciding({ verdict, statements }: PolicyExplanation): StatementTrace | undefined {
  const effect = verdict === 'Allow' ? 'Allow' : 'Deny';
  const applying = statements.filter((statement) => statement.applies && statement.effect === effect);
  if (effect === 'Deny') return applying[0];
  const strength = ({ principalMatch }: StatementTrace) =>
    principalMatch === undefined ? -1 : strengths.indexOf(principalMatch);
  return applying.toSorted((a, b) => strength(b) - strength(a))[0];
}

/** A policy may have hundreds of statements that nearly match; the first ones are shown. */
const mostNear = 5;

function nearAllows(statements: readonly StatementTrace[]): readonly NearStatement[] {
  return statements
    .filter(({ effect, matchesResource }) => effect === 'Allow' && matchesResource)
    .slice(0, mostNear)
    .map((one) => ({ ...named(one), unmet: one.conditions.filter(({ isMet }) => !isMet).map(unmetOf) }));
}

function unmetOf({ key, operator, wanted, values }: ConditionTrace): UnmetCondition {
  return { key, operator, wanted, ...(values === undefined ? {} : { said: values }) };
}

function named({ sid, index }: StatementTrace): NamedStatement {
  return sid === undefined ? { index } : { sid, index };
}
