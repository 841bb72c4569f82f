import type { CompiledStatement } from './compile.ts';
import { matchesPatternSet } from './glob/pattern-set.ts';
import type { RequestPrincipal } from './request.ts';
import { StatementsByName } from './statements-by-name.ts';

/** The statements of a policy that are about one action, in the order of the text. */
export interface RelevantStatements {
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

/** KMS has about sixty actions; what asks for more is not answered from memory. */
const mostActions = 128;

/** From here on it costs less to find the statements that name a caller than to ask each of them. */
const many = 16;

/**
 * Finds the statements that are about an action, once for each action: a request then looks at these alone, however large the
 * policy is. What it remembers is bounded, and follows from the policy, so that the policy stays a value.
 */
export class StatementsByAction {
  readonly #all: RelevantStatements;
  readonly #found = new Map<string, RelevantStatements>();
  readonly #byName: StatementsByName | undefined;

  constructor(statements: readonly CompiledStatement[]) {
    this.#all = {
      denies: statements.filter(({ effect }) => effect === 'Deny'),
      allows: statements.filter(({ effect }) => effect === 'Allow'),
    };
    this.#byName = statements.length < many ? undefined : new StatementsByName(statements);
  }

  /** How many actions it remembers. */
  get size(): number {
    return this.#found.size;
  }

  /** The action as requests name it: `kms:Encrypt`. */
  find(action: string): RelevantStatements {
    const found = this.#found.get(action);
    if (found !== undefined) return found;
    const relevant = this.#select(action.toLowerCase());
    if (this.#found.size < mostActions) this.#found.set(action, relevant);
    return relevant;
  }

  /** As `find`, without those statements of a large policy that cannot be about the caller, where these are most of them. */
  findFor(action: string, principal: RequestPrincipal): RelevantStatements {
    const relevant = this.find(action);
    const count = relevant.denies.length + relevant.allows.length;
    if (this.#byName === undefined || count < many) return relevant;
    const candidates = this.#byName.find(principal, count / 2);
    if (candidates === undefined) return relevant;
    const selected = select(candidates, action.toLowerCase());
    return {
      denies: selected.filter(({ effect }) => effect === 'Deny'),
      allows: selected.filter(({ effect }) => effect === 'Allow'),
    };
  }

  /** Where all statements are about the action, which is common, there is nothing to hold beside the policy's own lists. */
  #select(action: string): RelevantStatements {
    const { denies, allows } = this.#all;
    const relevant = { denies: select(denies, action), allows: select(allows, action) };
    return relevant.denies === denies && relevant.allows === allows ? this.#all : relevant;
  }
}

function select(statements: readonly CompiledStatement[], action: string): readonly CompiledStatement[] {
  const selected = statements.filter(({ actions }) => matchesPatternSet(actions, action));
  return selected.length === statements.length ? statements : selected;
}
