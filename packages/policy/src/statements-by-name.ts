import type { CompiledStatement } from './compile.ts';
import { isAboutOthers, namesIn, namesOf } from './principal-set.ts';
import type { RequestPrincipal } from './request.ts';

/**
 * Finds the statements of a large policy that can be about a caller: those about others than they name, and those that have one
 * of the caller's names. Whether and how they are about it, they are still to be asked.
 */
export class StatementsByName {
  readonly #places: ReadonlyMap<CompiledStatement, number>;
  readonly #aboutOthers: readonly CompiledStatement[];
  readonly #byName = new Map<string, CompiledStatement[]>();

  constructor(statements: readonly CompiledStatement[]) {
    this.#places = new Map(statements.map((statement, place) => [statement, place]));
    this.#aboutOthers = statements.filter(
      ({ principals }) => principals === undefined || isAboutOthers(principals),
    );
    for (const statement of statements) {
      if (statement.principals === undefined || isAboutOthers(statement.principals)) continue;
      for (const name of namesIn(statement.principals)) this.#add(name, statement);
    }
  }

  /** The statements in the order of the policy; undefined where there are more of them than `most`. */
  find(principal: RequestPrincipal, most: number): readonly CompiledStatement[] | undefined {
    const lists = [this.#aboutOthers];
    let count = this.#aboutOthers.length;
    for (const name of namesOf(principal)) {
      const named = this.#byName.get(name);
      if (named === undefined) continue;
      lists.push(named);
      count += named.length;
    }
    if (count > most) return undefined;
    return [...new Set(lists.flat())].sort((one, other) => this.#placeOf(one) - this.#placeOf(other));
  }

  #placeOf(statement: CompiledStatement): number {
    return this.#places.get(statement) ?? 0;
  }

  #add(name: string, statement: CompiledStatement): void {
    const named = this.#byName.get(name);
    if (named === undefined) this.#byName.set(name, [statement]);
    else named.push(statement);
  }
}
