import { findHeader, type HeaderLines } from './header-lines.ts';
import { hashedAuthorization, incompleteSignature, mismatch, missingToken } from './refusals.ts';
import type { SignatureClaim } from './signature-claim.ts';

interface HeaderParameters {
  credential: string | undefined;
  signedHeaders: string | undefined;
  signature: string | undefined;
}

/**
 * Reads `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`. Parameters come in any order, parted by
 * commas, spaces or both; unknown ones are ignored, repeated ones refused.
 * A header of another scheme counts as no token, as AWS answers for Basic and Bearer.
 */
export function readAuthorizationHeader(header: string, headers: HeaderLines): SignatureClaim {
  if (!header.startsWith('AWS4-')) throw missingToken();
  const algorithmEnd = header.indexOf(' ');
  const algorithm = algorithmEnd === -1 ? header : header.slice(0, algorithmEnd);
  const found: HeaderParameters = { credential: undefined, signedHeaders: undefined, signature: undefined };
  if (algorithmEnd !== -1) readParameters(header, algorithmEnd, found);
  const { credential, signedHeaders, signature } = found;
  const amzDate = findHeader(headers, 'x-amz-date');
  const date = amzDate ?? findHeader(headers, 'date');
  if (!credential || !signature || signedHeaders === undefined || !date)
    throw incomplete(header, found, date);
  return {
    form: 'header',
    algorithm,
    credential,
    signedHeaders,
    signature,
    date,
    dateHeader: amzDate === undefined ? 'date' : 'x-amz-date',
    expires: undefined,
    sessionToken: findHeader(headers, 'x-amz-security-token'),
  };
}

function readParameters(header: string, start: number, found: HeaderParameters): void {
  let position = start;
  let comma = -1;
  while (position < header.length) {
    const first = header.charCodeAt(position);
    if (first === 0x20 || first === 0x2c) {
      position++;
      continue;
    }
    // The next comma is looked up once, not once a parameter, so that the work stays linear in a hostile header.
    if (comma < position) comma = indexOrEnd(header, ',', position);
    const end = Math.min(comma, indexOrEnd(header, ' ', position));
    readParameter(header, position, end, found);
    position = end;
  }
}

function readParameter(header: string, start: number, end: number, found: HeaderParameters): void {
  const parameter = header.slice(start, end);
  const equals = parameter.indexOf('=');
  if (equals === -1) {
    const hash = hashedAuthorization(header);
    throw incompleteSignature(
      `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hash}'.`,
    );
  }
  const value = parameter.slice(equals + 1);
  switch (parameter.slice(0, equals)) {
    case 'Credential':
      if (found.credential !== undefined) throw mismatch();
      found.credential = value;
      break;
    case 'SignedHeaders':
      if (found.signedHeaders !== undefined) throw mismatch();
      found.signedHeaders = value;
      break;
    case 'Signature':
      if (found.signature !== undefined) throw mismatch();
      found.signature = value;
      break;
    default:
  }
}

function indexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index === -1 ? text.length : index;
}

function incomplete(header: string, found: HeaderParameters, date: string | undefined): Error {
  let text = '';
  if (!found.credential) text += "Authorization header requires 'Credential' parameter. ";
  if (!found.signature) text += "Authorization header requires 'Signature' parameter. ";
  if (found.signedHeaders === undefined) text += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!date) {
    text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  return incompleteSignature(
    `${text}(Hashed with SHA-256 and encoded with Base64) Authorization=${hashedAuthorization(header)}`,
  );
}
