import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.ts';
import type { Authenticated } from './index.ts';

/**
 * One Caller object for the same principal, access key and Region, so that what depends on these alone is made once.
 * It says who signed, never that a signature held: each request's is verified before it is asked for.
 */
export class Callers {
  readonly #known = new LRUCache<string, Caller>({ max: 4096 });

  of({ principal, accessKeyId, region }: Authenticated): Caller {
    const name = `${accessKeyId}/${region}`;
    const known = this.#known.get(name);
    if (known?.principal === principal) return known;
    const caller = {
      principal,
      accountId: principal.accountId,
      accessKeyId,
      region,
      session: undefined,
      service: undefined,
    };
    this.#known.set(name, caller);
    return caller;
  }
}
