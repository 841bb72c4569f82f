import { list, string } from '../shape.ts';

// ForwardAccess is an operation of Keyhaven's own. A request is described as it was on the wire, one character a byte, so nothing
// in it is a line break: what is one header here was one header there.

export const httpMethod = string({ min: 1, max: 16, pattern: '[A-Z]+' });
/** Undecoded. */
export const requestPath = string({ min: 1, max: 8192, pattern: '/[!-~]*' });
/** Undecoded, without the question mark. */
export const requestQuery = string({ max: 16_384, pattern: '[!-~]*' });

const headerPart = string({ max: 16_384, pattern: String.raw`[\t -~\u0080-\u00ff]*` });
/** Name and value. */
export const headerPair = list(headerPart, { min: 2, max: 2 });
export const requestHeaders = list(headerPair, { min: 1, max: 128 });

/** 64 hex characters, or one of the values that Amazon S3 has in their place. */
export const payloadHash = string({
  max: 64,
  pattern: String.raw`[0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]{1,50}`,
});
/** The service of the credential scope, as `s3`. */
export const scopeService = string({ min: 1, max: 64, pattern: '[a-z0-9-]+' });
