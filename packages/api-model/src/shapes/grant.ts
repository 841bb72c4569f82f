import type { ValueOf } from '../shape.ts';
import { enumeration, list, required, string, structure, timestamp } from '../shape.ts';
import { encryptionContext } from './cryptography.ts';
import { keyId } from './identifiers.ts';

// Members of CreateGrant, ListGrants, ListRetirableGrants, RetireGrant and RevokeGrant of the KMS API Reference.

export const grantId = string({ min: 1, max: 128 });
export const grantName = string({ min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' });
export const grantToken = string({ min: 1, max: 8192 });

/** The ARN of an account's root, user, role or session; in lists also the unique id of one that was deleted. */
export const principalId = string({ min: 1, max: 256, pattern: String.raw`^[\w+=,.@:/-]+$` });
/** `s3.amazonaws.com` */
export const servicePrincipal = string({
  min: 1,
  max: 128,
  pattern: String.raw`^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`,
});

export const grantOperation = enumeration([
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'Sign',
  'Verify',
  'GetPublicKey',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
  'Encapsulate',
  'Decapsulate',
]);
export type GrantOperation = ValueOf<typeof grantOperation>;
export const grantOperations = list(grantOperation);

/** The model has no limits on the pairs; the service has ("GrantConstraints", KMS API Reference). */
export const grantConstraints = structure({
  EncryptionContextSubset: encryptionContext,
  EncryptionContextEquals: encryptionContext,
  SourceArn: string({
    min: 20,
    max: 512,
    pattern: '^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$',
  }),
});
export type GrantConstraintsInput = ValueOf<typeof grantConstraints>;

/** What CreateGrant takes beside GrantTokens and DryRun. */
export const newGrant = {
  KeyId: required(keyId),
  GranteePrincipal: principalId,
  RetiringPrincipal: principalId,
  Operations: required(grantOperations),
  Constraints: grantConstraints,
  Name: grantName,
  GranteeServicePrincipal: servicePrincipal,
  RetiringServicePrincipal: servicePrincipal,
};

export const grantListEntry = structure({
  KeyId: keyId,
  GrantId: grantId,
  Name: grantName,
  CreationDate: timestamp(),
  GranteePrincipal: principalId,
  RetiringPrincipal: principalId,
  IssuingAccount: principalId,
  Operations: grantOperations,
  Constraints: grantConstraints,
  GranteeServicePrincipal: servicePrincipal,
  RetiringServicePrincipal: servicePrincipal,
});
export type GrantListEntry = ValueOf<typeof grantListEntry>;
export const grantList = list(grantListEntry);
