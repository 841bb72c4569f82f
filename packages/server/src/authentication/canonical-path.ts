import { percentEncode } from './canonical-query.ts';
import { mismatch } from './refusals.ts';

/**
 * The path of a request to another service, undecoded, as its canonical request writes it (IAM User Guide, "Create a signed AWS
 * API request", step 1). Amazon S3 writes every byte once; the other services write what was sent once more.
 * Throws InvalidSignatureException for a path that services read in two ways.
 */
export function canonicalPath(path: string, service: string): string {
  if (!path.startsWith('/')) throw mismatch();
  const segments = path.slice(1).split('/');
  if (service === 's3')
    return `/${segments.map((segment) => percentEncode(decodeSegment(segment))).join('/')}`;
  for (const [index, segment] of segments.entries()) {
    // Signers resolve these, each a little differently; nobody who has nothing to hide sends them.
    const isInside = index < segments.length - 1;
    if ((segment === '' && isInside) || segment === '.' || segment === '..') throw mismatch();
  }
  return `/${segments.map(percentEncode).join('/')}`;
}

/** Bytes as characters; a plus stands for itself in a path. */
function decodeSegment(segment: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(segment)) throw mismatch();
  return segment.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
