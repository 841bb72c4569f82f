import type { CompiledStatement } from './compile.ts';
import { matchesPatternSet } from './glob/pattern-set.ts';

/** The statements of a policy that are about one action, in the order of the text. */
export interface RelevantStatements {
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

/** KMS has about sixty actions; what asks for more is not answered from memory. */
const mostActions = 128;

/**
 * Finds the statements that are about an action, once for each action: a request then looks at these alone, however large the
 * policy is. What it remembers is bounded, and follows from the policy, so that the policy stays a value.
 */
export class StatementsByAction {
  readonly #all: RelevantStatements;
  readonly #found = new Map<string, RelevantStatements>();

  constructor(statements: readonly CompiledStatement[]) {
    this.#all = {
      denies: statements.filter(({ effect }) => effect === 'Deny'),
      allows: statements.filter(({ effect }) => effect === 'Allow'),
    };
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
