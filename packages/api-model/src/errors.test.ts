import { describe, expect, it } from 'vitest';
import * as model from './index.ts';
import { type AwsError, errorBody } from './index.ts';

const arn = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const aliasArn = 'arn:aws:kms:us-east-1:123456789012:alias/x';
const caller = { callerArn: 'arn:aws:iam::123456789012:user/ann', action: 'kms:Encrypt', resourceArn: arn };
const user = 'User: arn:aws:iam::123456789012:user/ann is not authorized to perform: kms:Encrypt';

const documented: readonly (readonly [AwsError, string, string | undefined])[] = [
  [model.keyNotFound(arn), 'NotFoundException', `Key '${arn}' does not exist`],
  [model.invalidKeyId('x'), 'NotFoundException', "Invalid keyId 'x'"],
  [model.invalidArnRegion('eu-west-1'), 'NotFoundException', 'Invalid arn eu-west-1'],
  [model.aliasNotFound(aliasArn), 'NotFoundException', `Alias ${aliasArn} is not found.`],
  [model.aliasesNotSupported(), 'InvalidArnException', 'Key Aliases are not supported for this operation.'],
  [
    model.aliasExists(aliasArn),
    'AlreadyExistsException',
    `An alias with the name ${aliasArn} already exists`,
  ],
  [
    model.aliasQuota(50),
    'LimitExceededException',
    'Aliases per key quota for this account in this region is 50, current usage is 50.',
  ],
  [model.aliasTargetIsAlias(), 'ValidationException', 'Aliases must refer to keys. Not aliases'],
  [
    model.aliasPrefixMissing(),
    'ValidationException',
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  ],
  [
    model.keyQuota(9),
    'LimitExceededException',
    'Key quota for this account in this region is 9 but the current usage is 9.',
  ],
  [model.keyDisabled(arn), 'DisabledException', `${arn} is disabled.`],
  [model.keyPendingDeletion(arn), 'KMSInvalidStateException', `${arn} is pending deletion.`],
  [model.notPendingDeletion(arn), 'KMSInvalidStateException', `${arn} is not pending deletion.`],
  [model.keyPendingImport(arn), 'KMSInvalidStateException', `${arn} is pending import.`],
  [
    model.invalidKeyUsage(arn, 'SIGN_VERIFY', 'Encrypt'),
    'InvalidKeyUsageException',
    `${arn} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
  ],
  [
    model.unsupportedOrigin(arn, 'EXTERNAL'),
    'UnsupportedOperationException',
    `${arn} origin is EXTERNAL which is not valid for this operation.`,
  ],
  [model.unsupportedOperation(), 'UnsupportedOperationException', undefined],
  [
    model.incompatibleKeyUsage('KEY_AGREEMENT', 'RSA_2048'),
    'ValidationException',
    'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
  ],
  [
    model.incompatibleAlgorithm('HMAC_SHA_256', 'HMAC_224'),
    'InvalidKeyUsageException',
    'Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.',
  ],
  [
    model.plaintextTooLong('RSAES_OAEP_SHA_256', 'RSA_2048', 190),
    'ValidationException',
    'Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.',
  ],
  [
    model.incorrectKey(),
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  ],
  [model.invalidCiphertext(), 'InvalidCiphertextException', undefined],
  [model.numberOfBytesRequired(), 'ValidationException', 'NumberOfBytes is required.'],
  [model.policyNotFound(), 'NotFoundException', 'No such policy exists'],
  [
    model.policyLocksOut(),
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  ],
  [
    model.invalidPrincipals(),
    'MalformedPolicyDocumentException',
    'Policy contains a statement with one or more invalid principals.',
  ],
  [model.tooManyTags(), 'TagException', 'Too many tags'],
  [model.duplicateTagKeys(), 'TagException', 'Duplicate tag keys'],
  [model.reservedTagKey(), 'TagException', 'Tags beginning with aws: are reserved'],
  [
    model.dryRunSucceeded(),
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  ],
  [
    model.onDemandRotationLimit(arn),
    'LimitExceededException',
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
  ],
  [
    model.throttling(),
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  ],
  [model.unknownOperation(), 'UnknownOperationException', undefined],
  [model.expiredToken(), 'ExpiredTokenException', 'The security token included in the request is expired'],
  [
    model.unrecognizedClient(),
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  ],
  [
    model.signatureExpired({
      request: '20231103T171116Z',
      limit: '20231103T171224Z',
      now: '20231103T171724Z',
    }),
    'InvalidSignatureException',
    'Signature expired: 20231103T171116Z is now earlier than 20231103T171224Z (20231103T171724Z - 5 min.)',
  ],
  [
    model.incompleteSignature(['Credential', 'Date'], 'abc='),
    'IncompleteSignatureException',
    "Authorization header requires 'Credential' parameter. Authorization header requires existence of either a " +
      "'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=abc=",
  ],
  [
    model.invalidCredentialScope({ region: true, expectedService: 'kms', terminator: 'x' }),
    'InvalidSignatureException',
    'Credential should be scoped to a valid region. ' +
      "Credential should be scoped to correct service: 'kms'. " +
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. ",
  ],
];

describe('the errors of the API', () => {
  it.each(documented)('are HTTP 400 with AWS code and text: %s', (error, code, text) => {
    expect([error.code, error.text, error.status]).toEqual([code, text, 400]);
  });

  it.each([
    [model.internal(), 'KMSInternalException', 500],
    [model.keyUnavailable(), 'KeyUnavailableException', 500],
    [model.dependencyTimeout(), 'DependencyTimeoutException', 503],
  ])('keep their status when they are faults of the service: %s', (error, code, status) => {
    expect([error.code, error.status]).toEqual([code, status]);
  });
});

describe('AccessDeniedException', () => {
  it.each([
    ['notAllowed', 'resource-based policy', 'because no resource-based policy allows the kms:Encrypt action'],
    ['notAllowed', 'identity-based policy', 'because no identity-based policy allows the kms:Encrypt action'],
    ['notAllowed', 'permissions boundary', 'because no permissions boundary allows the kms:Encrypt action'],
    ['explicitDeny', 'identity-based policy', 'with an explicit deny in an identity-based policy'],
    ['explicitDeny', 'session policy', 'with an explicit deny in a session policy'],
  ] as const)('says that the refusal is %s by the %s', (kind, policy, text) => {
    expect(model.accessDenied({ ...caller, reason: { kind, policy } }).text).toBe(
      `${user} on resource: ${arn} ${text}`,
    );
  });

  it('leaves the resource out where AWS does', () => {
    const reason = { kind: 'notAllowed', policy: 'identity-based policy' } as const;
    expect(model.accessDenied({ ...caller, resourceArn: undefined, reason }).text).toBe(
      `${user} because no identity-based policy allows the kms:Encrypt action`,
    );
  });
});

describe('the body of an error', () => {
  it('has the bare type and a lower-case message', () => {
    expect(errorBody(model.invalidKeyId('"x'))).toBe(
      String.raw`{"__type":"NotFoundException","message":"Invalid keyId '\"x'"}`,
    );
  });

  it('spells Message with a capital letter for SerializationException alone', () => {
    expect(errorBody(model.serialization('Expected null'))).toBe(
      '{"__type":"SerializationException","Message":"Expected null"}',
    );
  });

  it('has no message member when AWS sends none', () => {
    expect(errorBody(model.serialization())).toBe('{"__type":"SerializationException"}');
    expect(errorBody(model.invalidCiphertext())).toBe('{"__type":"InvalidCiphertextException"}');
  });
});
