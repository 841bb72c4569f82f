import {
  type headerPair,
  httpMethod,
  payloadHash,
  requestHeaders,
  requestPath,
  requestQuery,
  required,
  scopeService,
  string,
  timestamp,
  type ValueOf,
} from '@keyhaven/api-model';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { callerTarget } from '../../../pipeline/targets/caller.ts';

/** A service shows a request that a user signed for it, and gets a token with which it may call KMS for that user. See docs/services.md. */
export const ForwardAccess = operation({
  name: 'ForwardAccess',
  access: 'read',
  input: {
    Method: required(httpMethod),
    Path: required(requestPath),
    Query: requestQuery,
    Headers: required(requestHeaders),
    BodySha256: required(payloadHash),
    Service: required(scopeService),
  },
  output: { ForwardedAccessToken: string({ sensitive: true }), ExpiresAt: timestamp() },
  target: callerTarget(),
  // Headers hold the user's signature and session token, and the path what the user calls its things.
  recorded: ['Service', 'Method'],
  act({ input, caller, now }, { accessForwarder }) {
    const request = {
      method: input.Method,
      path: input.Path,
      query: input.Query ?? '',
      headers: input.Headers.map(pairOf),
      payloadHash: input.BodySha256,
    };
    return andThen(accessForwarder.mint(caller, request, input.Service, now), (minted) => ({
      output: { ForwardedAccessToken: minted.token, ExpiresAt: minted.expiresAt },
      issued: {
        accessKeyId: minted.accessKeyId,
        principal: minted.principalArn,
        expiresAt: minted.expiresAt,
      },
    }));
  },
});

/** The shape asks for two texts. */
function pairOf([name = '', value = '']: ValueOf<typeof headerPair>): readonly [string, string] {
  return [name, value];
}
