import { compilePolicy, parsePolicyDocument, type CompiledPolicy } from '@keyhaven/policy';
import { LRUCache } from 'lru-cache';

/** Most keys share a few policies: each text is parsed and compiled once and held once. */
export class PolicyInterner {
  readonly #byText = new LRUCache<string, CompiledPolicy>({ max: 4096 });

  get(text: string): CompiledPolicy {
    let policy = this.#byText.get(text);
    if (policy === undefined) {
      policy = compilePolicy(parsePolicyDocument(text));
      this.#byText.set(text, policy);
    }
    return policy;
  }
}
