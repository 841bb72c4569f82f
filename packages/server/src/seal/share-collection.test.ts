import { Secret } from '@keyhaven/crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installationId, isDisposed, refusalOf, reveal, secretText } from './seal.test-support.ts';
import { shamirSeal } from './shamir-seal.ts';
import { ShareCollection } from './share-collection.ts';
import { formatShare, parseShare, shareDigest } from './share-text.ts';

const place = { installationId, dataFolder: '/nowhere' };
const minuteMs = 60_000;

async function made(threshold = 3, total = 5) {
  const { parameters, sealingKey, shares = [] } = await shamirSeal.create({ ...place, threshold, total });
  const onTimeout = vi.fn<() => void>();
  const collection = new ShareCollection(parameters, 10 * minuteMs, onTimeout);
  const add = (text: string | undefined) => collection.add(secretText(text ?? ''));
  return { parameters, sealingKey, shares, collection, add, onTimeout };
}

/** The share with one bit of its value flipped and a checksum that fits: a forgery, not a typing error. */
function forged(text: string | undefined): string {
  const { value, ...label } = parseShare(secretText(text ?? ''));
  const bytes = value.use((share) => Buffer.from(share));
  bytes[4] = (bytes[4] ?? 0) ^ 1;
  return formatShare({ ...label, value: Secret.take(bytes) });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('A collection of shares', () => {
  it('shows how far it is, and gives the sealing key with the last share needed', async () => {
    const { collection, add, shares, sealingKey } = await made();
    expect(collection.progress).toEqual({ entered: 0, needed: 3, numbers: [] });
    expect(await add(shares[4])).toEqual({ entered: 1, needed: 3, numbers: [5], sealingKey: undefined });
    expect(await add(shares[0])).toEqual({ entered: 2, needed: 3, numbers: [5, 1], sealingKey: undefined });
    expect(collection.progress).toEqual({ entered: 2, needed: 3, numbers: [5, 1] });
    const last = await add(shares[2]);
    expect(last).toMatchObject({ entered: 3, needed: 3, numbers: [5, 1, 3] });
    expect(last.sealingKey === undefined ? '' : reveal(last.sealingKey)).toBe(reveal(sealingKey));
    expect(collection.progress.entered).toBe(0);
  });

  it('gives the key again to whoever enters the shares again', async () => {
    const { add, shares, sealingKey } = await made(2, 2);
    for (let round = 0; round < 2; round++) {
      await add(shares[0]);
      const { sealingKey: given } = await add(shares[1]);
      expect(given?.equals(sealingKey)).toBe(true);
    }
  });

  it.each([
    ['no share', () => 'open sesame', /no share of a Keyhaven seal/],
    [
      'a share with a typing error',
      (text: string) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`,
      /typing error/,
    ],
    ['a share entered before', (text: string) => text, /Share 1 was entered already/],
    ['a forgery of a share entered before', forged, /Share 1 was entered already/],
  ] as const)('refuses %s at once, and keeps what it has', async (_what, change, sentence) => {
    const { collection, add, shares } = await made();
    await add(shares[0]);
    expect((await refusalOf(() => add(change(shares[0] ?? '')))).message).toMatch(sentence);
    expect(collection.progress.numbers).toEqual([1]);
  });

  it('refuses a share of another set at once, and names both', async () => {
    const [own, other] = [await made(), await made()];
    const { message } = await refusalOf(() => own.add(other.shares[0]));
    expect(message).toContain(`set ${other.parameters.setId}`);
    expect(message).toContain(`set ${own.parameters.setId}`);
    expect(own.collection.progress.entered).toBe(0);
  });

  it.each([
    ['a number that was not handed out', { number: 6 }],
    ['another threshold', { threshold: 2 }],
  ])('refuses %s at once', async (_what, part) => {
    const { add, shares, collection } = await made();
    const share = { ...parseShare(secretText(shares[0] ?? '')), ...part };
    expect((await refusalOf(() => add(formatShare(share)))).message).toContain('There is no share');
    expect(collection.progress.entered).toBe(0);
  });

  it('says nothing of a forged share before the threshold, and then its number', async () => {
    const { collection, add, shares } = await made();
    const right = await add(shares[0]);
    collection.dispose();
    const wrong = await add(forged(shares[0]));
    expect(wrong).toEqual(right);
    await add(shares[1]);
    const { message, nextStep } = await refusalOf(() => add(shares[2]));
    expect(message).toBe('Share 1 is not what was handed out.');
    expect(nextStep).toContain('begin anew');
  });

  it('names every wrong share, in order, and begins anew', async () => {
    const { collection, add, shares, sealingKey } = await made();
    await add(forged(shares[4]));
    await add(shares[2]);
    const { message } = await refusalOf(() => add(forged(shares[1])));
    expect(message).toBe('The shares 2, 5 are not what was handed out.');
    expect(collection.progress).toEqual({ entered: 0, needed: 3, numbers: [] });
    for (const text of shares.slice(0, 2)) await add(text);
    expect((await add(shares[2])).sealingKey?.equals(sealingKey)).toBe(true);
  });

  it('names all shares where the header takes for right what cannot belong together', async () => {
    const { parameters, shares } = await made(2, 2);
    const twin = { ...parseShare(secretText(shares[0] ?? '')), number: 2 };
    const text = formatShare(twin);
    const digests = [parameters.digests[0] ?? '', shareDigest(twin).toString('base64')];
    const collection = new ShareCollection({ ...parameters, digests }, minuteMs);
    await collection.add(secretText(shares[0] ?? ''));
    const { message } = await refusalOf(() => collection.add(secretText(text)));
    expect(message).toBe('The shares 1, 2 are not what was handed out.');
  });

  it('serves two people who enter the last share at the same moment', async () => {
    const { add, shares, sealingKey, collection } = await made(2, 3);
    await add(shares[0]);
    const [first, second] = await Promise.all([add(shares[1]), add(shares[2])]);
    expect(first.sealingKey?.equals(sealingKey)).toBe(true);
    expect(second).toEqual({ entered: 1, needed: 2, numbers: [3], sealingKey: undefined });
    expect(collection.progress.numbers).toEqual([3]);
  });
});

describe('The shares entered', () => {
  /** Every Secret made from here on. */
  function watch(): () => readonly Secret[] {
    const take = vi.spyOn(Secret, 'take');
    return () => take.mock.results.map(({ value }) => value as Secret);
  }

  it('are zeroised, texts and all, once the sealing key is there; the key is not', async () => {
    const { add, shares } = await made();
    const all = watch();
    for (const text of shares.slice(0, 2)) await add(text);
    expect(all().filter((secret) => !isDisposed(secret)).length).toBe(2);
    const { sealingKey } = await add(shares[2]);
    expect(all().filter((secret) => !isDisposed(secret))).toEqual([sealingKey]);
  });

  it('are zeroised when one of them is wrong', async () => {
    const { add, shares } = await made(2, 2);
    const wrong = forged(shares[1]);
    const all = watch();
    await add(shares[0]);
    await refusalOf(() => add(wrong));
    expect(all().length).toBe(4);
    expect(all().every(isDisposed)).toBe(true);
  });

  it('are zeroised each alone when they are refused', async () => {
    const [own, other] = [await made(), await made()];
    const all = watch();
    await refusalOf(() => own.add(other.shares[0]));
    await refusalOf(() => own.add('no share'));
    expect(all().length).toBe(3);
    expect(all().every(isDisposed)).toBe(true);
  });

  it('are zeroised after the time given, counted from the first of them', async () => {
    const { collection, add, shares, onTimeout } = await made();
    const all = watch();
    await add(shares[0]);
    vi.advanceTimersByTime(9 * minuteMs);
    await add(shares[1]);
    vi.advanceTimersByTime(minuteMs - 1);
    expect(collection.progress.entered).toBe(2);
    vi.advanceTimersByTime(1);
    expect(collection.progress.entered).toBe(0);
    expect(onTimeout).toHaveBeenCalledOnce();
    expect(all().every(isDisposed)).toBe(true);
  });

  it('have their whole time again, and no more, after a success', async () => {
    const { collection, add, shares, onTimeout } = await made(2, 2);
    await add(shares[0]);
    vi.advanceTimersByTime(9 * minuteMs);
    await add(shares[1]);
    vi.advanceTimersByTime(2 * minuteMs);
    await add(shares[0]);
    vi.advanceTimersByTime(9 * minuteMs);
    expect(collection.progress.entered).toBe(1);
    expect(onTimeout).not.toHaveBeenCalled();
    vi.advanceTimersByTime(minuteMs);
    expect(collection.progress.entered).toBe(0);
    expect(onTimeout).toHaveBeenCalledOnce();
  });

  it('are zeroised when the collection ends, and no time-out follows', async () => {
    const { collection, add, shares, onTimeout } = await made();
    const all = watch();
    await add(shares[0]);
    collection[Symbol.dispose]();
    expect(all().every(isDisposed)).toBe(true);
    vi.advanceTimersByTime(60 * minuteMs);
    expect(onTimeout).not.toHaveBeenCalled();
  });
});
