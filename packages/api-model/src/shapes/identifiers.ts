import { integer, list, string } from '../shape.ts';

// Names of things, and the paging of lists. Limits and patterns: the "Request Parameters" of the KMS API Reference.

/** A key id, key ARN, alias name or alias ARN; which of them an operation takes is the operation's to say. */
export const keyId = string({ min: 1, max: 2048 });
export const arn = string({ min: 20, max: 2048 });
export const accountId = string();
export const region = string({ min: 1, max: 32, pattern: String.raw`^([a-z]+-){2,3}\d+$` });
export const aliasName = string({ min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' });

/** The id of key material, in requests and in lists. */
export const keyMaterialId = string({ min: 64, max: 64, pattern: '^[a-f0-9]+$' });
/** The id of key material in the replies of cryptographic operations, where it may be empty. */
export const keyMaterialIdReply = string({ max: 64, pattern: '^[a-f0-9]+$' });
export const keyMaterialDescription = string({ max: 256, pattern: String.raw`^[a-zA-Z0-9:/_\s.-]+$` });

export const customKeyStoreId = string({ min: 1, max: 64 });
export const cloudHsmClusterId = string({ min: 19, max: 24, pattern: 'cluster-[2-7a-zA-Z]{11,16}' });
export const xksKeyId = string({ min: 1, max: 128, pattern: '^[a-zA-Z0-9-_.]+$' });

export const grantTokens = list(string({ min: 1, max: 8192 }), { max: 10 });

/** How many items a page may have; single operations document narrower maxima. */
export const limit = integer({ min: 1, max: 1000 });
/** Where the next page begins: opaque to the client. */
export const marker = string({ min: 1, max: 1024, pattern: String.raw`[\u0020-\u00FF]*` });
