import {
  hashedAuthorization,
  incompleteSignature,
  invalidSignature,
  shown,
  unrecognizedClient,
} from './refusals.ts';
import type { RequestDate } from './request-date.ts';
import type { SignatureClaim } from './signature-claim.ts';

/** The service whose signatures are accepted: the name in its credential scope, such as `kms` or `sts`. */
export interface Expectation {
  readonly service: string;
}

/** The parts of the `Credential` parameter, checked. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** `<date>/<region>/<service>/aws4_request`, as the string to sign carries it. */
  readonly text: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
const terminator = 'aws4_request';
const regionName = /^([a-z]+-){2,3}\d+$/;
const longestRegion = 32;

/** Throws IncompleteSignatureException for any other algorithm; the text leaves out what came instead. */
export function checkAlgorithm(claim: SignatureClaim): void {
  if (claim.algorithm !== algorithm) {
    throw incompleteSignature(`Unsupported AWS 'algorithm' (only ${algorithm} for now). `);
  }
}

/**
 * Reads `<access key id>/<date>/<region>/<service>/aws4_request` and checks all but the access key id.
 * Throws IncompleteSignatureException for another number of parts, InvalidSignatureException with one sentence for
 * each part that is wrong.
 */
export function checkScope(claim: SignatureClaim, date: RequestDate, expected: Expectation): CredentialScope {
  const parts = claim.credential.split('/', 6);
  const [accessKeyId = '', scopeDate = '', region = '', service = '', end = ''] = parts;
  if (parts.length !== 5) {
    // AWS shows what it got; those who meet this text have often put their secret access key there.
    const hash = hashedAuthorization(claim.credential);
    throw incompleteSignature(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ' +
        `(Hashed with SHA-256 and encoded with Base64) '${hash}'`,
    );
  }
  const signedDate = date.basic.slice(0, 8);
  let text = '';
  if (region.length > longestRegion || !regionName.test(region)) {
    text += 'Credential should be scoped to a valid region. ';
  }
  if (service !== expected.service) {
    text += `Credential should be scoped to correct service: '${expected.service}'. `;
  }
  if (end !== terminator) {
    text += `Credential should be scoped with a valid terminator: '${terminator}', not '${shown(end)}'. `;
  }
  if (scopeDate !== signedDate) {
    text +=
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
      `'${shown(scopeDate)}' != '${signedDate}', from '${shown(claim.date)}'.`;
  }
  if (text !== '') throw invalidSignature(text);
  return {
    accessKeyId,
    date: signedDate,
    region,
    service,
    text: claim.credential.slice(accessKeyId.length + 1),
  };
}

/** IAM's `accessKeyIdType` with shorter ids such as `test` allowed. Others never reach the credential source. */
export function checkAccessKeyId(scope: CredentialScope): void {
  if (!/^\w{1,128}$/.test(scope.accessKeyId)) throw unrecognizedClient();
}
