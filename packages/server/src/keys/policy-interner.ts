import { compilePolicy, parseStoredPolicyDocument, type CompiledPolicy } from '@keyhaven/policy';
import { LRUCache } from 'lru-cache';

/** A compiled policy holds up to about forty bytes for each character of a text made of many small conditions. */
export const heldBytes = (text: string): number => 40 * text.length;

const mostBytes = 128 * 1024 * 1024;

/** Most keys share a few policies: each text is parsed and compiled once and held once. */
export class PolicyInterner {
  readonly #byText = new LRUCache<string, CompiledPolicy>({
    max: 4096,
    maxSize: mostBytes,
    sizeCalculation: (_policy, text) => heldBytes(text),
  });

  get(text: string): CompiledPolicy {
    let policy = this.#byText.get(text);
    if (policy === undefined) {
      policy = compilePolicy(parseStoredPolicyDocument(text));
      this.#byText.set(text, policy);
    }
    return policy;
  }
}
