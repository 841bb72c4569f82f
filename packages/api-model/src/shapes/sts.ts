import { integer, list, required, string, structure, timestamp, type ValueOf } from '../shape.ts';

// AssumeRole, AWS Security Token Service API Reference.

const printable = String.raw`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`;

export const stsArn = string({ min: 20, max: 2048, pattern: printable });
export const roleSessionName = string({ min: 2, max: 64, pattern: String.raw`[\w+=,.@-]*` });
export const sourceIdentity = string({ min: 2, max: 64, pattern: String.raw`[\w+=,.@-]*` });
export const externalId = string({ min: 2, max: 1224, pattern: String.raw`[\w+=,.@:\/-]*` });
export const serialNumber = string({ min: 9, max: 256, pattern: String.raw`[\w+=/:,.@-]*` });
export const tokenCode = string({ min: 6, max: 6, pattern: String.raw`[\d]*` });
export const roleDurationSeconds = integer({ min: 900, max: 43_200 });
export const sessionPolicyDocument = string({ min: 1, max: 2048, pattern: printable });
export const policyDescriptors = list(structure({ arn: required(stsArn) }), { max: 10 });

/** Of a session token, in bytes. */
export const minimumSessionTokenSize = integer({ min: 0, max: 4096 });
export const providedContexts = list(
  structure({ ProviderArn: stsArn, ContextAssertion: string({ min: 4, max: 2048 }) }),
  { max: 5 },
);

const tagCharacters = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`;
const sessionTagKey = string({ min: 1, max: 128, pattern: `${tagCharacters}+` });
export const sessionTag = structure({
  Key: required(sessionTagKey),
  Value: required(string({ max: 256, pattern: `${tagCharacters}*` })),
});
export type SessionTag = ValueOf<typeof sessionTag>;
export const sessionTags = list(sessionTag, { max: 50 });
export const sessionTagKeys = list(sessionTagKey, { max: 50 });

export const temporaryCredentials = structure({
  AccessKeyId: required(string()),
  SecretAccessKey: required(string({ sensitive: true })),
  SessionToken: required(string({ sensitive: true })),
  Expiration: required(timestamp()),
});
export const assumedRoleUser = structure({ AssumedRoleId: required(string()), Arn: required(string()) });
