import { compilePolicy, type CompiledPolicy, parsePolicyDocument, PolicySyntaxError } from '@keyhaven/policy';
import { LRUCache } from 'lru-cache';
import { BrokenIdentityError } from './broken-identity.ts';

/** A compiled policy holds up to about twenty bytes for each character of a text made of many small statements. */
const heldBytes = (text: string): number => 20 * text.length;

const mostBytes = 64 * 1024 * 1024;

/** The compiled forms of stored documents: each text is parsed and compiled once, however many principals it speaks of. */
export class PolicyDocuments {
  readonly #byText = new LRUCache<string, CompiledPolicy>({
    max: 4096,
    maxSize: mostBytes,
    sizeCalculation: (_policy, text) => heldBytes(text),
  });

  /** `what` names the document for the alarm. Throws BrokenIdentityError: only what parses is ever stored. */
  get(kind: 'identity' | 'control', text: string, what: string): CompiledPolicy {
    const name = `${kind} ${text}`;
    let policy = this.#byText.get(name);
    if (policy === undefined) {
      policy = compileStored(kind, text, what);
      this.#byText.set(name, policy);
    }
    return policy;
  }
}

function compileStored(kind: 'identity' | 'control', text: string, what: string): CompiledPolicy {
  try {
    return compilePolicy(parsePolicyDocument(text, kind));
  } catch (error) {
    if (error instanceof PolicySyntaxError)
      throw new BrokenIdentityError(`${what} does not parse: ${error.message}`);
    throw error;
  }
}
