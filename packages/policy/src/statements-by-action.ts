import type { CompiledStatement } from './compile.ts';
import { matchesPatternSet } from './glob/pattern-set.ts';
import type { RequestPrincipal } from './request.ts';
import { mayMatchResource } from './resource-set.ts';
import { StatementsByName } from './statements-by-name.ts';

/** The statements of a policy that are about one action, in the order of the text. */
export interface RelevantStatements {
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

/** KMS has about sixty actions; what asks for more is not answered from memory. */
const mostActions = 128;

/** From here on it costs less to find the statements that name a caller or a resource than to ask each of them. */
const many = 16;

/** Of how many resources it is remembered which statements are about them; a caller names as many as there are keys. */
const mostResources = 64;

/**
 * Finds the statements that are about an action, once for each action: a request then looks at these alone, however large the
 * policy is. What it remembers is bounded, and follows from the policy, so that the policy stays a value.
 */
export class StatementsByAction {
  readonly #all: RelevantStatements;
  readonly #found = new Map<string, RelevantStatements>();
  readonly #byName: StatementsByName | undefined;
  readonly #byResource = new Map<string, RelevantStatements>();

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

  /** How many resources it remembers, one for each action. */
  get resourcesKnown(): number {
    return this.#byResource.size;
  }

  /** The action as requests name it: `kms:Encrypt`. */
  find(action: string): RelevantStatements {
    const found = this.#found.get(action);
    if (found !== undefined) return found;
    const relevant = this.#select(action.toLowerCase());
    if (this.#found.size < mostActions) this.#found.set(action, relevant);
    return relevant;
  }

  /**
   * As `find`, without those statements of a large policy that cannot be about the caller, where these are most of them, or else
   * without those that cannot be about the resource. What is left is still to be asked.
   */
  findFor(action: string, principal: RequestPrincipal, resource: string): RelevantStatements {
    const relevant = this.find(action);
    const count = relevant.denies.length + relevant.allows.length;
    if (this.#byName === undefined || count < many) return relevant;
    const candidates = this.#byName.find(principal, count / 2);
    if (candidates === undefined) return this.#findAbout(resource, action, relevant);
    const selected = select(candidates, action.toLowerCase());
    return {
      denies: selected.filter(({ effect }) => effect === 'Deny'),
      allows: selected.filter(({ effect }) => effect === 'Allow'),
    };
  }

  /** Those about a resource, once for each of the last few: most policies are asked about few keys, again and again. */
  #findAbout(resource: string, action: string, relevant: RelevantStatements): RelevantStatements {
    const name = `${action} ${resource}`;
    const known = this.#byResource.get(name);
    if (known !== undefined) return known;
    const denies = relevant.denies.filter(({ resources }) => mayMatchResource(resources, resource));
    const allows = relevant.allows.filter(({ resources }) => mayMatchResource(resources, resource));
    if (this.#byResource.size >= mostResources) this.#byResource.clear();
    const about = { denies, allows };
    this.#byResource.set(name, about);
    return about;
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
