import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.ts';
import type { Authenticated } from './index.ts';

/**
 * One Caller object for the same principal, access key and Region, so that what depends on these alone is made once.
 * It says who signed, never that a signature held: each request's is verified before it is asked for.
 * What a service says is of one request only, and so is its caller.
 */
export class Callers {
  readonly #known = new LRUCache<string, Caller>({ max: 4096 });

  of(authenticated: Authenticated): Caller {
    const { principal, accessKeyId, region, session, service } = authenticated;
    if (service !== undefined) return callerOf(authenticated);
    const name = `${accessKeyId}/${region}`;
    const known = this.#known.get(name);
    if (known?.principal === principal && known.session === session) return known;
    const caller = callerOf(authenticated);
    this.#known.set(name, caller);
    return caller;
  }
}

function callerOf({ principal, accessKeyId, region, session, service }: Authenticated): Caller {
  return { principal, accountId: principal.accountId, accessKeyId, region, session, service };
}
