import { findHeader, type HeaderLines } from './header-lines.ts';
import { readAuthorizationHeader } from './authorization-header.ts';
import { readPresignedQuery } from './presigned-query.ts';
import type { QueryParameter } from './query-parameters.ts';
import { invalidSignature, missingToken } from './refusals.ts';

/** What the client claims, complete and not yet checked. */
export interface SignatureClaim {
  /** Where the signature stands: the Authorization header, or the query of a presigned request. */
  readonly form: 'header' | 'query';
  readonly algorithm: string;
  /** `<access key id>/<date>/<region>/<service>/aws4_request`. */
  readonly credential: string;
  /** Lower-case header names joined by `;`. */
  readonly signedHeaders: string;
  readonly signature: string;
  /** The date the signature names, as received. */
  readonly date: string;
  /** The header `date` comes from, which must be signed; undefined for the query, which always is. */
  readonly dateHeader: 'x-amz-date' | 'date' | undefined;
  /** `X-Amz-Expires` as received; undefined in the header form, and where a presigned request has none. */
  readonly expires: string | undefined;
  readonly sessionToken: string | undefined;
}

/**
 * Finds the signature in the header or the query and reads its parameters.
 * Throws MissingAuthenticationTokenException, IncompleteSignatureException or InvalidSignatureException.
 */
export function readClaim(headers: HeaderLines, query: readonly QueryParameter[]): SignatureClaim {
  const isPresigned = query.some((parameter) => parameter.name === 'X-Amz-Algorithm');
  const authorization = findHeader(headers, 'authorization');
  if (authorization === undefined) {
    if (!isPresigned) throw missingToken();
    return readPresignedQuery(query);
  }
  if (isPresigned) {
    throw invalidSignature(
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  return readAuthorizationHeader(authorization, headers);
}
