import { Secret } from '@keyhaven/crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  installationId,
  isDisposed,
  isZero,
  refusalOf,
  reveal,
  secretMemoryOf,
  secretText,
} from './seal.test-support.ts';
import { shamirSeal } from './shamir-seal.ts';
import { formatShare, parseShare } from './share-text.ts';
import { combineShares, splitSecret } from './sharing.ts';

const place = { installationId, dataFolder: '/nowhere' };

/** Any seal, and its shares in any order. */
const sharing = fc.integer({ min: 2, max: 9 }).chain((total) =>
  fc.record({
    total: fc.constant(total),
    threshold: fc.integer({ min: 2, max: total }),
    order: fc.shuffledSubarray(
      Array.from({ length: total }, (_, at) => at),
      { minLength: total },
    ),
  }),
);

async function made(threshold: number, total: number) {
  const { parameters, sealingKey, shares = [] } = await shamirSeal.create({ ...place, threshold, total });
  const open = (texts: readonly string[]) =>
    shamirSeal.open(parameters, { ...place, shares: texts.map(secretText) });
  return { parameters, sealingKey, shares, open };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('The shamir seal', () => {
  it('opens with any shares of it, as many as the threshold, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(sharing, async ({ total, threshold, order }) => {
        const { open, shares, sealingKey } = await made(threshold, total);
        expect(shares.length).toBe(total);
        const some = order.slice(0, threshold).map((at) => shares[at] ?? '');
        expect(reveal(await open(some))).toBe(reveal(sealingKey));
      }),
    );
  });

  it('never opens with one share fewer', async () => {
    await fc.assert(
      fc.asyncProperty(sharing, async ({ total, threshold, order }) => {
        const { open, shares } = await made(threshold, total);
        const few = order.slice(0, threshold - 1).map((at) => shares[at] ?? '');
        expect((await refusalOf(() => open(few))).message).toContain(
          `${threshold} are needed, ${few.length} w`,
        );
      }),
    );
  });

  it('names a share that was changed, whichever it is and wherever it was changed', async () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat({ max: 32 }), bit: fc.nat({ max: 7 }) });
    await fc.assert(
      fc.asyncProperty(sharing, change, async ({ total, threshold, order }, { at, byte, bit }) => {
        const { open, shares } = await made(threshold, total);
        const some = order.slice(0, threshold).map((index) => shares[index] ?? '');
        const chosen = at % threshold;
        const { value, ...label } = parseShare(secretText(some[chosen] ?? ''));
        const bytes = value.use((share) => Buffer.from(share));
        bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit);
        const changed = formatShare({ ...label, value: Secret.take(bytes) });
        const { message } = await refusalOf(() => open(some.with(chosen, changed)));
        expect(message).toBe(`Share ${label.number} is not what was handed out.`);
      }),
    );
  });

  it('heeds no share beyond the threshold', async () => {
    const { open, shares, sealingKey } = await made(2, 4);
    expect(reveal(await open([...shares.slice(0, 2), 'whatever']))).toBe(reveal(sealingKey));
  });

  it('takes as many holders as it permits', async () => {
    const { open, shares, sealingKey } = await made(64, 64);
    expect(reveal(await open(shares.toReversed()))).toBe(reveal(sealingKey));
  });

  it('stores the set, the threshold and digests, and no share', async () => {
    const { parameters, shares } = await made(2, 3);
    expect(shamirSeal.parametersSchema.parse(JSON.parse(JSON.stringify(parameters)))).toEqual(parameters);
    expect(Object.keys(parameters)).toEqual(['setId', 'threshold', 'digests']);
    const text = JSON.stringify(parameters);
    for (const share of shares) {
      const { value, setId, threshold } = parseShare(secretText(share));
      expect([setId, threshold]).toEqual([parameters.setId, 2]);
      for (const encoding of ['base64', 'hex'] as const) {
        expect(text).not.toContain(value.use((bytes) => bytes.toString(encoding, 0, 32)).slice(0, 20));
      }
    }
    expect(shamirSeal.needs(parameters)).toEqual({
      automatic: false,
      by: 'shares',
      threshold: 2,
      total: 3,
    });
  });

  it('never gives two seals the same set, key or share', async () => {
    const [first, second] = [await made(2, 3), await made(2, 3)];
    expect(first.parameters.setId).not.toBe(second.parameters.setId);
    expect(reveal(first.sealingKey)).not.toBe(reveal(second.sealingKey));
    expect(new Set([...first.shares, ...second.shares]).size).toBe(6);
  });

  it('leaves shares to their owner, and keeps nothing but the key', async () => {
    const { parameters, shares } = await made(2, 3);
    const texts = shares.map(secretText);
    const take = vi.spyOn(Secret, 'take');
    const opened = await shamirSeal.open(parameters, { ...place, shares: texts });
    const left = take.mock.results.map(({ value }) => value as Secret).filter((one) => !isDisposed(one));
    expect(left).toEqual([opened]);
    expect(texts.some(isDisposed)).toBe(false);
  });

  it('zeroises the shares it handed out', async () => {
    const take = vi.spyOn(Secret, 'take');
    const { sealingKey } = await made(2, 3);
    const left = take.mock.results.map(({ value }) => value as Secret).filter((one) => !isDisposed(one));
    expect(left).toEqual([]);
    expect(isDisposed(sealingKey)).toBe(false);
  });

  it.each([
    [1, 1],
    [1, 3],
    [0, 3],
    [3, 2],
    [2, 65],
    [65, 65],
    [2, 2.5],
    [1.5, 3],
    [Number.NaN, 3],
    [2, Number.POSITIVE_INFINITY],
    [-2, -1],
  ])('is refused for %d of %d', async (threshold, total) => {
    const { message } = await refusalOf(() => shamirSeal.create({ ...place, threshold, total }));
    expect(message).toContain('is no sharing');
  });

  it('is refused without shares', async () => {
    const { parameters } = await made(2, 2);
    expect((await refusalOf(() => shamirSeal.open(parameters, place))).message).toContain('0 were given');
  });

  it.each([
    ['a threshold above the shares', (digests: string[]) => ({ setId: '7K3MQ8ZP', threshold: 4, digests })],
    ['a threshold of one', (digests: string[]) => ({ setId: '7K3MQ8ZP', threshold: 1, digests })],
    ['a set of another length', (digests: string[]) => ({ setId: '7K3MQ8Z', threshold: 2, digests })],
    ['a set in other letters', (digests: string[]) => ({ setId: '7K3MQ8ZU', threshold: 2, digests })],
    ['one digest', (digests: string[]) => ({ setId: '7K3MQ8ZP', threshold: 2, digests: digests.slice(2) })],
    [
      '65 digests',
      ([digest]: string[]) => ({
        setId: '7K3MQ8ZP',
        threshold: 2,
        digests: Array(65).fill(digest) as string[],
      }),
    ],
    [
      'a short digest',
      (digests: string[]) => ({ setId: '7K3MQ8ZP', threshold: 2, digests: ['AA==', ...digests] }),
    ],
  ])('has no parameters with %s', (_what, parameters) => {
    const digest = Buffer.alloc(32, 7).toString('base64');
    expect(shamirSeal.parametersSchema.safeParse(parameters([digest, digest, digest])).success).toBe(false);
  });
});

describe('The sharing of a secret', () => {
  it('follows Shamir: shares on a line through the secret, in GF(2^8)', async () => {
    // f(x) = 0x42 + 0x57 x over x^8 + x^4 + x^3 + x + 1; 0x57 * 0x02 = 0xae, 0x57 * 0x13 = 0xfe (FIPS 197, section 4.2).
    const at = (value: number, x: number) => Secret.take(Buffer.from([value, x]));
    const [one, two, nineteen] = [at(0x42 ^ 0x57, 1), at(0x42 ^ 0xae, 2), at(0x42 ^ 0xfe, 0x13)];
    expect(reveal(await combineShares([one, two]))).toBe('42');
    expect(reveal(await combineShares([nineteen, one]))).toBe('42');
    expect(reveal(await combineShares([two, nineteen, one]))).toBe('42');
  });

  it('gives shares that fewer than the threshold do not combine to the secret', async () => {
    const secret = Secret.random(32);
    const shares = await splitSecret(secret, 5, 4);
    expect((await combineShares(shares.slice(0, 3))).equals(secret)).toBe(false);
    expect((await combineShares(shares.slice(1, 5))).equals(secret)).toBe(true);
  });

  it('leaves the secret to its owner', async () => {
    const secret = Secret.random(32);
    const before = reveal(secret);
    await splitSecret(secret, 3, 2);
    expect(reveal(secret)).toBe(before);
  });

  it('refuses two shares of one point', async () => {
    const [share = Secret.random(33)] = await splitSecret(Secret.random(32), 2, 2);
    await expect(combineShares([share, share])).rejects.toThrow(/unique/);
  });

  it('zeroises the arrays it gave to the library, also where that refuses', async () => {
    const memory = await secretMemoryOf(async () => {
      const shares = await splitSecret(Secret.random(32), 3, 2);
      await combineShares(shares);
      await combineShares([...shares, ...shares]).catch(() => undefined);
    });
    expect(memory.filter(isZero)).toHaveLength(1 + 3 + 6);
    // The secret, its shares, and the secret again.
    expect(memory.filter((bytes) => !isZero(bytes))).toHaveLength(1 + 3 + 1);
  });
});
