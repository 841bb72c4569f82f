import { noTokens, type OpenedTokens } from '../grants/port.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { Fills, Validated } from './call.ts';
import type { LoadingCall } from './operation.ts';
import type { Ports } from './ports.ts';
import { loadRecipient } from './recipient.ts';

/**
 * Finds everything that the request is decided on. Grant tokens come before the key: a request with one that is none of ours is
 * refused alike, whether or not the key that it asks for exists.
 */
export function loadCall(
  call: Fills<Validated, 'loaded' | 'recipient' | 'identity' | 'grantTokens'>,
  ports: Ports,
): Maybe<void> {
  return andThen(loadRecipient(call, ports), (recipient) => {
    call.recipient = recipient;
    return andThen(openTokens(call, ports), (tokens) => {
      call.grantTokens = tokens;
      return loadIdentity(call, ports);
    });
  });
}

function openTokens({ input, caller }: Validated, { grants }: Ports): Maybe<OpenedTokens> {
  const tokens = input['GrantTokens'];
  if (!Array.isArray(tokens) || tokens.length === 0) return noTokens;
  return grants.openTokens(tokens as readonly string[], caller.region);
}

function loadIdentity(call: Fills<Validated, 'loaded' | 'identity'>, ports: Ports): Maybe<void> {
  const { operation, input, caller } = call;
  const loading: LoadingCall<typeof input> = { input, caller, fresh: operation.access === 'write' };
  return andThen(ports.identities.of(caller, loading.fresh), (identity) => {
    call.identity = identity;
    return andThen(operation.target.load(loading, ports), (loaded) => {
      call.loaded = loaded;
    });
  });
}
