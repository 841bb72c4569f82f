import { canonicalQuery } from './canonical-query.ts';
import { findHeader, type HeaderLines } from './header-lines.ts';
import type { QueryParameter } from './query-parameters.ts';
import { mismatch } from './refusals.ts';
import type { SignatureClaim } from './signature-claim.ts';

/** Everything the signature covers. */
export interface SignedParts {
  readonly method: string;
  /** As the canonical request writes it. */
  readonly canonicalPath: string;
  readonly headers: HeaderLines;
  readonly query: readonly QueryParameter[];
  readonly claim: SignatureClaim;
  /** The names in SignedHeaders. */
  readonly signed: readonly string[];
}

/** Where the payload hash stands in the request, if it stands there. */
export const statedHashHeader = 'x-amz-content-sha256';

/**
 * The canonical request (IAM User Guide, "Create a signed AWS API request", step 1) as a Latin-1 string, one character
 * a byte: header values on the wire are bytes, and it is these that the client signed.
 * `payloadHash` is that of the body received, whatever the client says.
 * Throws InvalidSignatureException when a signed header is absent or the stated body hash is another.
 */
export function canonicalRequest(parts: SignedParts, payloadHash: string): string {
  const { method, canonicalPath, headers, query, claim, signed } = parts;
  const statedHash = findHeader(headers, statedHashHeader);
  if (statedHash !== undefined && statedHash !== payloadHash) throw mismatch();
  let text = `${method}\n${canonicalPath}\n${canonicalQuery(query, claim.form)}\n`;
  for (const name of signed) text += `${name}:${canonicalValue(headers, name)}\n`;
  return `${text}\n${claim.signedHeaders}\n${payloadHash}`;
}

/** The header's values in the order received, joined by commas. */
function canonicalValue(headers: HeaderLines, name: string): string {
  const { names, raw } = headers;
  let index = names.indexOf(name);
  if (index === -1) throw mismatch();
  let text = trimAndCollapse(raw[2 * index + 1] ?? '');
  for (;;) {
    index = names.indexOf(name, index + 1);
    if (index === -1) return text;
    text += `,${trimAndCollapse(raw[2 * index + 1] ?? '')}`;
  }
}

/** Without spaces and tabs at the ends (RFC 9110 section 5.5), runs of spaces as one. */
function trimAndCollapse(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  const trimmed = end - start === value.length ? value : value.slice(start, end);
  return trimmed.includes('  ') ? trimmed.replace(/ {2,}/g, ' ') : trimmed;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
