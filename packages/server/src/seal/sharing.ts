import { copySecretBytes, Secret } from '@keyhaven/crypto';
import { combine, split } from 'shamir-secret-sharing';

/*
 * Shamir's secret sharing over GF(2^8), from an audited library. It takes and gives plain arrays, which are zeroised
 * here; its own intermediate arrays (one byte of the secret in each) are left to the garbage collector.
 */

/** Splits a secret into `total` shares of one byte more, any `threshold` of which give it again; fewer give nothing. */
export async function splitSecret(secret: Secret, total: number, threshold: number): Promise<Secret[]> {
  const copy = secret.use(copyPlain);
  try {
    return (await split(copy, total, threshold)).map((share) => Secret.take(share));
  } finally {
    copy.fill(0);
  }
}

/**
 * What was split, or other bytes if a share is wrong: the caller must be able to tell. The shares stay the caller's.
 * Rejects with an Error for shares that cannot belong together.
 */
export async function combineShares(shares: readonly Secret[]): Promise<Secret> {
  const copies = shares.map((share) => share.use(copyPlain));
  try {
    return Secret.take(await combine(copies));
  } finally {
    for (const copy of copies) copy.fill(0);
  }
}

/** The library takes no Buffer. */
function copyPlain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(copySecretBytes(bytes).buffer);
}
