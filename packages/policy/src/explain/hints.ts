import type { PolicyKind } from '../decision/decision.ts';
import type { StatementTrace } from '../trace.ts';
import type { KindExplanation } from './explanation.ts';
import { asSentence, nameOfPolicy, nameOfStatement } from './names.ts';

/** What an Allow of the silent kind lacked: each statement that is about caller and action, and why it does not apply. */
export function findHints(kind: PolicyKind, kinds: readonly KindExplanation[]): readonly string[] {
  const silent = kinds.find((one) => one.kind === kind);
  return (silent?.policies ?? []).flatMap(({ name, statements }) =>
    statements
      .filter(({ effect, applies }) => effect === 'Allow' && !applies)
      .map((statement) =>
        asSentence(`${nameOfStatement(statement)} of ${nameOfPolicy(kind, name)} ${wordMiss(statement)}`),
      ),
  );
}

function wordMiss({ matchesResource, conditions }: StatementTrace): string {
  if (!matchesResource) return 'would allow it on another resource';
  const unmet = conditions.filter(({ isMet }) => !isMet);
  const words = unmet.map(({ operator, key, wanted, values }) => {
    const said = values === undefined ? 'has no value for it' : `says ${quote(values)}`;
    return `${operator} of ${key} wants ${quote(wanted)} and the request ${said}`;
  });
  return `would allow it, but ${words.join(', and ')}`;
}

function quote(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(' or ');
}
