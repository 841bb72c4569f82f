import { AwsError } from '../errors.ts';

// Refusals before the caller is known: "Common Errors" of the KMS API Reference and "Troubleshooting Signature
// Version 4" of the IAM User Guide.

/** Nothing in the request says who the caller is. */
export function missingAuthenticationToken(): AwsError {
  return new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

/** A part that the `Authorization` header must have; `Date` stands for the `X-Amz-Date` or `Date` header. */
export type AuthorizationPart = 'Credential' | 'Signature' | 'SignedHeaders' | 'Date';

/**
 * Parts of the `Authorization` header are missing.
 * @param digest Base64 of the SHA-256 of the header: newer front ends do not echo the header itself.
 */
export function incompleteSignature(missing: readonly AuthorizationPart[], digest: string): AwsError {
  const sentences = missing.map((part) =>
    part === 'Date'
      ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
      : `Authorization header requires '${part}' parameter. `,
  );
  const header = `(Hashed with SHA-256 and encoded with Base64) Authorization=${digest}`;
  return new AwsError('IncompleteSignatureException', sentences.join('') + header);
}

/** Parameters of a signed query string, named as AWS spells them (`X-Amz-Algorithm`), are missing. */
export function incompleteQuerySignature(missing: readonly string[]): AwsError {
  const sentences = missing.map((name) => `AWS query-string parameters must include '${name}'. `);
  return new AwsError(
    'IncompleteSignatureException',
    `${sentences.join('')}Re-examine the query-string parameters.`,
  );
}

function invalidSignature(text: string): AwsError {
  return new AwsError('InvalidSignatureException', text);
}

/** The request is signed in its headers and in its query string. */
export function signedTwice(): AwsError {
  return invalidSignature(
    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
  );
}

/** The signature is not the one that the secret access key gives. The older text shows the string to sign: do not. */
export function signatureMismatch(): AwsError {
  return invalidSignature(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access ' +
      'Key and signing method. Consult the service documentation for details.',
  );
}

/** What is wrong with a credential scope; several things may be. */
export interface CredentialScopeFaults {
  readonly region?: boolean;
  /** The service that the scope should have named. */
  readonly expectedService?: string;
  /** The terminator that was found in place of `aws4_request`. */
  readonly terminator?: string;
  /** `YYYYMMDD` of the scope and of the request, and the request's date header. */
  readonly date?: { readonly scope: string; readonly request: string; readonly header: string };
}

/** The credential scope does not fit the request: one sentence for each fault. */
export function invalidCredentialScope(faults: CredentialScopeFaults): AwsError {
  const { region = false, expectedService, terminator, date } = faults;
  let text = region ? 'Credential should be scoped to a valid region. ' : '';
  if (expectedService !== undefined) {
    text += `Credential should be scoped to correct service: '${expectedService}'. `;
  }
  if (terminator !== undefined) {
    text += `Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'. `;
  }
  if (date !== undefined) {
    text +=
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
      `'${date.scope}' != '${date.request}', from '${date.header}'.`;
  }
  return invalidSignature(text);
}

/** The three moments of a date check, in the form `20231103T171116Z`: the request's, the limit's and ours. */
export interface SignatureDates {
  readonly request: string;
  readonly limit: string;
  readonly now: string;
}

/** The request is more than five minutes old. */
export function signatureExpired({ request, limit, now }: SignatureDates): AwsError {
  return invalidSignature(`Signature expired: ${request} is now earlier than ${limit} (${now} - 5 min.)`);
}

/** The request is more than five minutes in the future. */
export function signatureNotYetCurrent({ request, limit, now }: SignatureDates): AwsError {
  return invalidSignature(
    `Signature not yet current: ${request} is still later than ${limit} (${now} + 5 min.)`,
  );
}

/** The access key is unknown or inactive, or its session token is missing or wrong. */
export function unrecognizedClient(): AwsError {
  return new AwsError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  );
}

/** The session is over. AWS's text has no full stop. */
export function expiredToken(): AwsError {
  return new AwsError('ExpiredTokenException', 'The security token included in the request is expired');
}
