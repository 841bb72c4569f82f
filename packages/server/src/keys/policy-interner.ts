import { compilePolicy, parseStoredPolicyDocument, type CompiledPolicy } from '@keyhaven/policy';
import { LRUCache } from 'lru-cache';
import { readBindings } from './policy-bindings.ts';

/** A compiled policy holds up to about forty bytes for each character of a text made of many small conditions. */
export const heldBytes = (text: string): number => 40 * text.length;

const mostBytes = 128 * 1024 * 1024;

/** A key policy as it is stored, with whom its principals were when it was. */
export interface StoredPolicy {
  readonly document: string;
  readonly bindings: string | null;
}

/** Most keys share a few policies: each text, with its bindings, is parsed and compiled once and held once. */
export class PolicyInterner {
  readonly #byText = new LRUCache<string, CompiledPolicy>({
    max: 4096,
    maxSize: mostBytes,
    sizeCalculation: (_policy, text) => heldBytes(text),
  });

  get({ document, bindings }: StoredPolicy): CompiledPolicy {
    // What follows a document is no part of it: it ended where its outermost object did.
    const text = bindings === null ? document : `${document}${bindings}`;
    let policy = this.#byText.get(text);
    if (policy === undefined) {
      policy = compilePolicy(parseStoredPolicyDocument(document), readBindings(bindings));
      this.#byText.set(text, policy);
    }
    return policy;
  }
}
