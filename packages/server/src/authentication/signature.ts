import { equalConstantTime, sha256Hex, type HmacKey } from '@keyhaven/crypto';
import type { CredentialScope } from './credential-scope.ts';
import { Latin1Scratch } from './latin1-scratch.ts';
import { mismatch } from './refusals.ts';
import type { RequestDate } from './request-date.ts';

const hexCharacters = 64;
const scratch = new Latin1Scratch();
const expected = Buffer.alloc(hexCharacters);
const received = Buffer.alloc(hexCharacters);

/** The string to sign (IAM User Guide, "Create a signed AWS API request", step 3). */
export function stringToSign(date: RequestDate, scope: CredentialScope, canonicalRequest: string): string {
  const hash = sha256Hex(scratch.bytesOf(canonicalRequest));
  return `AWS4-HMAC-SHA256\n${date.basic}\n${scope.text}\n${hash}`;
}

/**
 * Throws InvalidSignatureException unless `signature` is this key's MAC of `text` as 64 lower-case hex characters.
 * The characters are compared, in constant time, so that nothing but that spelling can be equal.
 */
export function checkSignature(signature: string, text: string, key: HmacKey): void {
  if (signature.length !== hexCharacters) throw mismatch();
  expected.write(key.signHex(scratch.bytesOf(text)), 'latin1');
  received.write(signature, 'latin1');
  const isEqual = equalConstantTime(expected, received);
  expected.fill(0);
  if (!isEqual) throw mismatch();
}
