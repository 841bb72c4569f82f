import { SealRefusal } from './seal-refusal.ts';

/** The KMS as a refusal names it. */
export interface KmsTarget {
  readonly keyId: string;
  readonly region: string;
  readonly endpoint?: string | undefined;
}

type Trouble =
  | 'no key'
  | 'key not usable'
  | 'key of another kind'
  | 'forbidden'
  | 'does not open'
  | 'no credentials'
  | 'credentials refused'
  | 'certificate'
  | 'plain http'
  | 'unavailable'
  | 'not understood';

interface Text {
  readonly reason: (keyId: string, kms: string) => string;
  readonly nextStep: string;
  readonly isTransient?: true;
}

const texts: Readonly<Record<Trouble, Text>> = {
  'no key': {
    reason: (keyId, kms) => `${kms} has no key ${keyId}.`,
    nextStep: 'Check the key id, the Region and the account of the credentials.',
  },
  'key not usable': {
    reason: (keyId, kms) => `The key ${keyId} of ${kms} is disabled, pending deletion or not available.`,
    nextStep: 'Enable it again, or cancel its deletion: without it this installation does not open.',
  },
  'key of another kind': {
    reason: (keyId, kms) => `The key ${keyId} of ${kms} cannot make data keys.`,
    nextStep: 'Name a symmetric key with the key usage ENCRYPT_DECRYPT.',
  },
  forbidden: {
    reason: (keyId, kms) => `${kms} does not permit the use of the key ${keyId} with these credentials.`,
    nextStep:
      'Allow kms:GenerateDataKey and kms:Decrypt on the key for the principal that this service runs as.',
  },
  'does not open': {
    reason: (keyId, kms) =>
      `${kms} does not decrypt the sealing key with the key ${keyId} for this installation: it was encrypted by another key or for another installation, or was changed.`,
    nextStep: 'Restore seal.json from a backup of this installation.',
  },
  'no credentials': {
    reason: (_keyId, kms) => `There are no credentials to ask ${kms} with.`,
    nextStep:
      "Give the service credentials where the AWS SDK finds them: the environment, a profile, or the machine's role.",
  },
  'credentials refused': {
    reason: (_keyId, kms) => `${kms} refuses the credentials, or the clocks differ.`,
    nextStep: 'Check the access key and the time of both machines.',
  },
  certificate: {
    reason: (_keyId, kms) => `The TLS certificate of ${kms} is not trusted.`,
    nextStep:
      'If it was issued by an authority of your own, name its certificate as the CA file of the seal.',
  },
  'plain http': {
    reason: (_keyId, kms) => `${kms} would be asked over plain HTTP, and the sealing key sent in clear.`,
    nextStep:
      'Use an https endpoint, in AWS_ENDPOINT_URL and in profiles too. Plain HTTP is for a loopback address only.',
  },
  unavailable: {
    reason: (_keyId, kms) => `${kms} cannot be reached, or does not answer.`,
    nextStep: 'Check the endpoint, the network and whether the KMS is up, then try again.',
    isTransient: true,
  },
  'not understood': {
    reason: (_keyId, kms) => `${kms} answered what this version does not understand.`,
    nextStep: 'Check that a KMS answers at this endpoint.',
  },
};

/** By the name of what the SDK throws, which for a refusal of the service is the API's error code. */
const byName: Readonly<Record<string, Trouble>> = {
  NotFoundException: 'no key',
  InvalidArnException: 'no key',
  ValidationException: 'no key',
  DisabledException: 'key not usable',
  KMSInvalidStateException: 'key not usable',
  KeyUnavailableException: 'key not usable',
  InvalidKeyUsageException: 'key of another kind',
  UnsupportedOperationException: 'key of another kind',
  AccessDeniedException: 'forbidden',
  AccessDenied: 'forbidden',
  InvalidCiphertextException: 'does not open',
  IncorrectKeyException: 'does not open',
  CredentialsProviderError: 'no credentials',
  TokenProviderError: 'no credentials',
  UnrecognizedClientException: 'credentials refused',
  InvalidSignatureException: 'credentials refused',
  SignatureDoesNotMatch: 'credentials refused',
  IncompleteSignatureException: 'credentials refused',
  MissingAuthenticationTokenException: 'credentials refused',
  InvalidClientTokenId: 'credentials refused',
  ExpiredTokenException: 'credentials refused',
  RequestExpired: 'credentials refused',
  PlainHttpError: 'plain http',
  ThrottlingException: 'unavailable',
  TimeoutError: 'unavailable',
  AbortError: 'unavailable',
};

/** OpenSSL's and Node's codes for a certificate that is not accepted. */
const certificateCode =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|INVALID_CA|HOSTNAME_MISMATCH)/;

/** Node's codes of what fails below HTTP: `ECONNREFUSED`, `ENOTFOUND`. Those of Node's own mistakes begin with `ERR_`. */
const networkCode = /^E[A-Z]+$/;

/**
 * What the AWS SDK threw, as a refusal. Texts of the other service are not repeated: they may come from anyone who
 * answers at the endpoint.
 */
export function kmsRefusal(error: unknown, { keyId, region, endpoint }: KmsTarget): SealRefusal {
  const kms = endpoint === undefined ? `AWS KMS in ${region}` : `the KMS at ${endpoint}`;
  const { reason, nextStep, isTransient = false } = texts[troubleOf(error)];
  const sentence = reason(keyId, kms);
  return new SealRefusal(sentence.charAt(0).toUpperCase() + sentence.slice(1), nextStep, { isTransient });
}

function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error)) return 'not understood';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (certificateCode.test(code)) return 'certificate';
  if (networkCode.test(code) || (statusOf(error) ?? 0) >= 500) return 'unavailable';
  return (Object.hasOwn(byName, error.name) ? byName[error.name] : undefined) ?? 'not understood';
}

/** The status of the reply that the SDK made the error of, if it came from one. */
function statusOf(error: object): number | undefined {
  if (!('$metadata' in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
