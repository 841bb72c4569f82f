import { drawRandom, Secret } from '@keyhaven/crypto';
import { z } from 'zod';
import { encodeBase32 } from './base32.ts';
import { base64Of } from './base64.ts';
import type { NewSeal, SealPlace, SealProvider } from './port.ts';
import { SealRefusal } from './seal-refusal.ts';
import { ShareCollection } from './share-collection.ts';
import { formatShare, type Share, shareDigest } from './share-text.ts';
import { combineShares, splitSecret } from './sharing.ts';

/** One share alone would be a key under another name; more holders than this are a crowd that nobody knows. */
const limits = { min: 2, max: 64 };
const sealingKeyBytes = 32;
const digest = { min: 32, max: 32 };

const parametersSchema = z
  .strictObject({
    setId: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{8}$/),
    threshold: z.int().min(limits.min).max(limits.max),
    digests: z.array(base64Of(digest)).min(limits.min).max(limits.max),
  })
  .refine(({ threshold, digests }) => threshold <= digests.length);

/** `digests` holds that of share 1 first; as many as there are shares. */
export type ShamirSealParameters = z.infer<typeof parametersSchema>;

export interface ShamirSealRequest extends SealPlace {
  /** How many shares open the seal: from 2 to `total`. */
  readonly threshold: number;
  /** How many shares are handed out: at most 64. */
  readonly total: number;
}

/** The seal whose sealing key is split among several people, some of whom must come together to open it. */
export const shamirSeal: SealProvider<ShamirSealParameters, ShamirSealRequest> = {
  kind: 'shamir',
  parametersSchema,
  mismatch: {
    reason: 'The shares are those of this seal, but what they give does not open the seal header.',
    nextStep: 'The header was changed: restore seal.json from a backup of this installation.',
  },
  needs: ({ threshold, digests }) => ({
    automatic: false,
    by: 'shares',
    threshold,
    total: digests.length,
  }),

  async create({ threshold, total }) {
    refuseOutOfBounds(threshold, total);
    const sealingKey = Secret.random(sealingKeyBytes);
    const values = await splitSecret(sealingKey, total, threshold);
    try {
      await refuseUnlessTheyCombine(values, threshold, sealingKey);
      return handOut(values, threshold, sealingKey);
    } catch (error) {
      sealingKey.dispose();
      throw error;
    } finally {
      for (const value of values) value.dispose();
    }
  },

  async open(parameters, { shares = [] }) {
    using collection = new ShareCollection(parameters, openTimeoutMs);
    for (const text of shares) {
      const { sealingKey } = await collection.add(text.use((bytes) => Secret.take(Buffer.from(bytes))));
      if (sealingKey !== undefined) return sealingKey;
    }
    const { entered, needed } = collection.progress;
    throw new SealRefusal(
      `This installation is sealed with shares: ${needed} are needed, ${entered} ${entered === 1 ? 'was' : 'were'} given.`,
      'Run keyhaven unseal once for each share.',
    );
  },
};

/** Shares given all at once are not kept while anyone fetches the next. */
const openTimeoutMs = 60_000;

function refuseOutOfBounds(threshold: number, total: number): void {
  const areWhole = Number.isInteger(threshold) && Number.isInteger(total);
  if (areWhole && threshold >= limits.min && threshold <= total && total <= limits.max) return;
  throw new SealRefusal(
    `${threshold} of ${total} shares is no sharing.`,
    `Choose a threshold of at least ${limits.min}, and at least as many shares, at most ${limits.max}. 3 of 5 is usual.`,
  );
}

/** A sharing that does not combine would lock everyone out at the next start; better to fail now. */
async function refuseUnlessTheyCombine(
  values: readonly Secret[],
  threshold: number,
  sealingKey: Secret,
): Promise<void> {
  for (const some of [values.slice(0, threshold), values.slice(-threshold)]) {
    using combined = await combineShares(some);
    if (!combined.equals(sealingKey)) throw new Error('the shares just made do not combine');
  }
}

function handOut(
  values: readonly Secret[],
  threshold: number,
  sealingKey: Secret,
): NewSeal<ShamirSealParameters> {
  const id = Buffer.alloc(5);
  drawRandom(id, 0, id.length);
  const setId = encodeBase32(id);
  const shares = values.map((value, index): Share => ({ setId, number: index + 1, threshold, value }));
  return {
    parameters: {
      setId,
      threshold,
      digests: shares.map((share) => shareDigest(share).toString('base64')),
    },
    sealingKey,
    shares: shares.map(formatShare),
  };
}
