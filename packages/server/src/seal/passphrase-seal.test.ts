import type * as Crypto from '@keyhaven/crypto';
import { Secret } from '@keyhaven/crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isBelowDefaults, passphraseSeal } from './passphrase-seal.ts';
import { installationId, isDisposed, lowCost, refusalOf, reveal, secretText } from './seal.test-support.ts';

const machine = vi.hoisted(() => ({ givesMemory: true }));

vi.mock('@keyhaven/crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>();
  return {
    ...crypto,
    deriveFromPassphrase: (...args: Parameters<typeof crypto.deriveFromPassphrase>) =>
      machine.givesMemory
        ? crypto.deriveFromPassphrase(...args)
        : Promise.reject(new Error('Argon2 derivation failed')),
  };
});

const place = { installationId, dataFolder: '/nowhere' };
const words = 'correct horse battery staple';
const parameters = { salt: Buffer.alloc(16, 9).toString('base64'), ...lowCost };

const create = (text: string, cost = lowCost) =>
  passphraseSeal.create({ ...place, passphrase: secretText(text), cost });
const open = (text: string) => passphraseSeal.open(parameters, { ...place, passphrase: secretText(text) });

afterEach(() => {
  vi.restoreAllMocks();
  machine.givesMemory = true;
});

describe('The passphrase seal', () => {
  it('opens with the passphrase that it was made with', async () => {
    const made = await create(words);
    const opened = await passphraseSeal.open(made.parameters, { ...place, passphrase: secretText(words) });
    expect(reveal(opened)).toBe(reveal(made.sealingKey));
    expect(opened.length).toBe(32);
  });

  it('gives another key for the same passphrase each time it is made', async () => {
    const [first, second] = [await create(words), await create(words)];
    expect(first.parameters.salt).not.toBe(second.parameters.salt);
    expect(reveal(first.sealingKey)).not.toBe(reveal(second.sealingKey));
  });

  it('stores salt and cost, and parameters that it reads again', async () => {
    const { parameters: stored } = await create(words, { memoryKiB: 9000, passes: 2, parallelism: 3 });
    expect(stored).toEqual({
      salt: expect.any(String) as string,
      memoryKiB: 9000,
      passes: 2,
      parallelism: 3,
    });
    expect(Buffer.from(stored.salt, 'base64').length).toBe(32);
    expect(passphraseSeal.parametersSchema.parse(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
  });

  it('costs 256 MiB, three passes and four lanes unless told otherwise', async () => {
    const { parameters: stored } = await passphraseSeal.create({ ...place, passphrase: secretText(words) });
    expect(stored).toMatchObject({ memoryKiB: 262_144, passes: 3, parallelism: 4 });
    expect(isBelowDefaults(stored)).toBe(false);
  });

  it('is opened by a passphrase', () => {
    expect(passphraseSeal.needs(parameters)).toEqual({ automatic: false, by: 'passphrase' });
  });

  it('gives one key for one text in two Unicode spellings', async () => {
    expect(reveal(await open('Stra\u00dfe, Z\u00fcrich, caf\u00e9'))).toBe(
      reveal(await open('Stra\u00dfe, Zu\u0308rich, cafe\u0301')),
    );
  });

  it('gives different keys for bytes that are not UTF-8', async () => {
    const keys = [0xff, 0xfe].map(async (byte) => {
      const passphrase = Secret.take(Buffer.alloc(20, byte));
      return reveal(await passphraseSeal.open(parameters, { ...place, passphrase }));
    });
    expect(new Set(await Promise.all(keys)).size).toBe(2);
  });

  it('gives another key, and no refusal, for another passphrase: only the header tells them apart', async () => {
    const keys = await Promise.all([words, `${words} `, words.toUpperCase(), 'short', ''].map(open));
    expect(new Set(keys.map(reveal)).size).toBe(keys.length);
  });

  it('leaves the passphrase to its owner and zeroises every copy', async () => {
    const passphrase = secretText(`${words} \u00e9`);
    const take = vi.spyOn(Secret, 'take');
    const opened = await passphraseSeal.open(parameters, { ...place, passphrase });
    const copies = take.mock.results.map(({ value }) => value as Secret).filter((one) => one !== opened);
    expect(copies.length).toBe(1);
    expect(copies.every(isDisposed)).toBe(true);
    expect([isDisposed(passphrase), isDisposed(opened)]).toEqual([false, false]);
  });
});

describe('A new passphrase', () => {
  it.each(['', ' ', ' '.repeat(40), '\t\n\r '])('is refused where it is empty: %j', async (text) => {
    expect((await refusalOf(() => create(text))).message).toBe('The passphrase is empty.');
  });

  it.each(['a', 'elevenchars', '\u{1f511}\u{1f511}\u{1f511}', 'z\u00fcrichz\u00fcri'])(
    'is refused under twelve characters: %s',
    async (text) => {
      const { message, nextStep } = await refusalOf(() => create(text));
      expect(message).toBe('The passphrase is shorter than 12 characters.');
      expect(`${message}${nextStep}`).not.toContain(text === 'a' ? 'elevenchars' : text);
    },
  );

  it.each(['twelve chars', '\u{1f511}'.repeat(12)])(
    'is taken from twelve characters on: %s',
    async (text) => {
      expect((await create(text)).sealingKey.length).toBe(32);
    },
  );

  it.each([
    { ...lowCost, memoryKiB: 4096 },
    { ...lowCost, passes: 0 },
    { ...lowCost, parallelism: 65 },
    { ...lowCost, memoryKiB: 8 * 1024 * 1024 },
  ])('is refused with a cost that would not open again: %j', async (cost) => {
    expect((await refusalOf(() => create(words, cost))).message).toContain('cost of the passphrase');
  });
});

describe('Opening with a passphrase', () => {
  it('is refused where none is given', async () => {
    expect((await refusalOf(() => passphraseSeal.open(parameters, place))).message).toContain(
      'sealed with a passphrase, and none was given',
    );
  });

  it('is refused with a text that is no passphrase', async () => {
    expect((await refusalOf(() => open('x'.repeat(4097)))).message).toContain('longer than 4096 bytes');
  });

  it('is refused, for now, where the memory is not to be had', async () => {
    machine.givesMemory = false;
    const refusal = await refusalOf(() => open(words));
    expect(refusal.message).toContain('it takes 8 MiB of memory, which the machine does not give');
    expect(refusal.isTransient).toBe(true);
  });

  it.each([
    ['no salt', { ...lowCost }],
    ['a short salt', { ...parameters, salt: 'c2hvcnQ=' }],
    ['a salt in another spelling', { ...parameters, salt: parameters.salt.replace('=', '') }],
    ['terabytes of memory', { ...parameters, memoryKiB: 2 ** 31 }],
    ['a thousand passes', { ...parameters, passes: 1000 }],
    ['half a pass', { ...parameters, passes: 1.5 }],
    ['a pass as text', { ...parameters, passes: '1' }],
    ['no lanes', { ...parameters, parallelism: 0 }],
    ['one member more', { ...parameters, pepper: '' }],
  ])('has no parameters with %s', (_what, given) => {
    expect(passphraseSeal.parametersSchema.safeParse(given).success).toBe(false);
  });
});

describe('The cost of a passphrase', () => {
  it.each([
    [{ memoryKiB: 262_144, passes: 3, parallelism: 4 }, false],
    [{ memoryKiB: 262_144, passes: 3, parallelism: 1 }, false],
    [{ memoryKiB: 524_288, passes: 2, parallelism: 4 }, false],
    [{ memoryKiB: 262_143, passes: 3, parallelism: 4 }, true],
    [{ memoryKiB: 262_144, passes: 2, parallelism: 4 }, true],
    [{ memoryKiB: 65_536, passes: 100, parallelism: 4 }, true],
    [lowCost, true],
  ])('of %j is below the defaults: %s', (cost, expected) => {
    expect(isBelowDefaults(cost)).toBe(expected);
  });
});
