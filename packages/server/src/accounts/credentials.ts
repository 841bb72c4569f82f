import { randomBytes } from '@keyhaven/crypto';
import { base32Of } from '../identities/identifiers.ts';

/** An access key id as AWS forms them: `AKIA` and 16 characters of base 32 (IAM User Guide, "IAM identifiers"). */
function newAccessKeyId(): string {
  return `AKIA${base32Of(randomBytes(16))}`;
}

export interface NewAccessKey {
  readonly accessKeyId: string;
  /** 40 characters of Base64, 240 random bits. */
  readonly secretAccessKey: string;
}

export function newAccessKey(): NewAccessKey {
  const bytes = randomBytes(30);
  const secretAccessKey = bytes.toString('base64');
  bytes.fill(0);
  return { accessKeyId: newAccessKeyId(), secretAccessKey };
}

/** Twelve random digits, the first not zero. */
export function newAccountId(): string {
  const random = BigInt(`0x${randomBytes(16).toString('hex')}`);
  return String(100_000_000_000n + (random % 900_000_000_000n));
}
