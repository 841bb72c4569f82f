import type { HeaderLines } from './header-lines.ts';
import { invalidSignature, mismatch, shown } from './refusals.ts';
import type { SignatureClaim } from './signature-claim.ts';

/** Bounds the work on a request that nobody has signed yet; AWS's clients sign about ten. */
const mostSignedHeaders = 128;

/**
 * The names in SignedHeaders, once they cover what decides the request's meaning: the host, the date, and every
 * `x-amz-*` header (the operation among them), and what a service says of itself in `x-keyhaven-*`. Whoever could add or change one of these unsigned could make another
 * request of it. The session token may stay unsigned: it must belong to the credential in any case.
 * Throws InvalidSignatureException.
 */
export function checkSignedHeaders(claim: SignatureClaim, headers: HeaderLines): readonly string[] {
  const signed = claim.signedHeaders.split(';', mostSignedHeaders + 1);
  if (!signed.includes('host')) {
    throw invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (claim.dateHeader === 'date' && !signed.includes('date')) throw unsigned('date');
  for (const name of headers.names) {
    if (mustBeSigned(name) && !signed.includes(name)) throw unsigned(name);
  }
  if (signed.length > mostSignedHeaders || !isSorted(signed)) throw mismatch();
  return signed;
}

function mustBeSigned(name: string): boolean {
  if (name.startsWith('x-amz-')) return name !== 'x-amz-security-token';
  return name.startsWith('x-keyhaven-');
}

/** Keyhaven's own text, after AWS's for the host. */
function unsigned(name: string): Error {
  return invalidSignature(`'${shown(name)}' must be a 'SignedHeader' in the AWS Authorization.`);
}

/** In order, none twice, none empty. Upper case needs no check: no received name, all in lower case, matches it. */
function isSorted(names: readonly string[]): boolean {
  let previous = '';
  for (const name of names) {
    if (name <= previous) return false;
    previous = name;
  }
  return true;
}
