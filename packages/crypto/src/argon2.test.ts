import type * as Crypto from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import {
  type Argon2Inputs,
  argon2idSync,
  defaultPassphraseCost,
  deriveFromPassphrase,
  passphraseLimits,
  type PassphraseParameters,
  startArgon2id,
} from './argon2.ts';
import { Secret } from './secret.ts';

/** The tags as the platform gave them, to look at after the call. */
const seen = vi.hoisted(() => ({ tags: [] as Buffer[] }));

vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>();
  return {
    ...crypto,
    argon2: (
      algorithm: 'argon2id',
      parameters: Crypto.Argon2Parameters,
      callback: (error: Error | null, tag: Buffer<ArrayBuffer>) => void,
    ) => {
      crypto.argon2(algorithm, parameters, (error, tag) => {
        if (error === null) seen.tags.push(tag);
        callback(error, tag);
      });
    },
  };
});

const small: PassphraseParameters = { salt: Buffer.alloc(16, 7), memoryKiB: 8192, passes: 1, parallelism: 1 };

const passphrase = (text = 'correct horse battery staple') => Secret.take(Buffer.from(text));
const reveal = (secret: Secret) => secret.use((bytes) => bytes.toString('hex'));

async function derived(parameters: Partial<PassphraseParameters>, text?: string): Promise<string> {
  return reveal(await deriveFromPassphrase(passphrase(text), { ...small, ...parameters }));
}

/** Version 1.3, `password` with `somesalt`, of the test program of Argon2's reference implementation (src/test.c). */
const referenceAnswers = [
  [2, 65_536, 1, '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7'],
  [2, 256, 1, '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'],
  [2, 256, 2, '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037'],
  [1, 65_536, 1, 'f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98'],
] as const;

const rfc9106: Argon2Inputs = {
  message: Buffer.alloc(32, 1),
  salt: Buffer.alloc(16, 2),
  secret: Buffer.alloc(8, 3),
  associatedData: Buffer.alloc(12, 4),
  memoryKiB: 32,
  passes: 3,
  parallelism: 4,
};

const started = (inputs: Argon2Inputs) =>
  new Promise<string>((resolve, reject) => {
    startArgon2id(inputs, (tag) => resolve(tag.toString('hex')), reject);
  });

describe('Argon2id', () => {
  it('gives the answer of RFC 9106 section 5.3', async () => {
    const tag = '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659';
    expect(await started(rfc9106)).toBe(tag);
    expect(argon2idSync(rfc9106).toString('hex')).toBe(tag);
  });

  it.each(referenceAnswers)(
    "gives the reference implementation's answer for t=%i, m=%i, p=%i",
    async (passes, memoryKiB, parallelism, tag) => {
      const inputs = { message: Buffer.from('password'), salt: Buffer.from('somesalt') };
      expect(await started({ ...inputs, passes, memoryKiB, parallelism })).toBe(tag);
    },
  );
});

describe('deriveFromPassphrase', () => {
  it('is Argon2id over passphrase and salt, without a secret or associated data', async () => {
    const { salt, ...cost } = small;
    const message = Buffer.from('correct horse battery staple');
    expect(await derived({})).toBe(await started({ message, salt, ...cost }));
  });

  it('gives another key for another passphrase, salt or cost', async () => {
    const keys = await Promise.all([
      derived({}),
      derived({}, 'correct horse battery staplf'),
      derived({ salt: Buffer.alloc(16, 8) }),
      derived({ memoryKiB: 8200 }),
      derived({ passes: 2 }),
      derived({ parallelism: 2 }),
    ]);
    expect(new Set(keys).size).toBe(6);
  });

  it('costs 256 MiB and three passes unless told otherwise', () => {
    expect(defaultPassphraseCost).toEqual({ memoryKiB: 262_144, passes: 3, parallelism: 4 });
  });

  it('leaves the event loop free', async () => {
    const order: string[] = [];
    setImmediate(() => order.push('another turn'));
    await deriveFromPassphrase(passphrase(), small);
    order.push('the key');
    expect(order).toEqual(['another turn', 'the key']);
  });

  it('leaves the passphrase to its owner', async () => {
    const own = passphrase();
    await deriveFromPassphrase(own, small);
    expect(own.use((bytes) => bytes.toString())).toBe('correct horse battery staple');
  });

  it('derives from the passphrase it was given although that is disposed of meanwhile', async () => {
    const own = passphrase();
    const pending = deriveFromPassphrase(own, small);
    own.dispose();
    expect(reveal(await pending)).toBe(await derived({}));
    expect(() => own.use(() => 0)).toThrow(/disposed/);
  });

  it('zeroises the tag that it copied', async () => {
    seen.tags.length = 0;
    await derived({});
    expect(seen.tags.map((tag) => tag.every((byte) => byte === 0))).toEqual([true]);
  });

  it('refuses a disposed passphrase', async () => {
    const own = passphrase();
    own.dispose();
    await expect(deriveFromPassphrase(own, small)).rejects.toThrow(/disposed/);
  });

  it.each([
    ['less memory than a guess should cost', { memoryKiB: passphraseLimits.memoryKiB.min - 1 }],
    ['terabytes of memory', { memoryKiB: 2 ** 32 - 1 }],
    ['more than 4 GiB of memory', { memoryKiB: 4 * 1024 * 1024 + 1 }],
    ['memory that is no number', { memoryKiB: Number.NaN }],
    ['a fraction of a KiB', { memoryKiB: 8192.5 }],
    ['no pass', { passes: 0 }],
    ['more than 100 passes', { passes: 101 }],
    ['no lane', { parallelism: 0 }],
    ['more than 64 lanes', { parallelism: 65 }],
    ['negative lanes', { parallelism: -1 }],
    ['a short salt', { salt: Buffer.alloc(15) }],
    ['a long salt', { salt: Buffer.alloc(65) }],
  ])('refuses %s with a RangeError, before anything is allocated', async (_what, parameters) => {
    seen.tags.length = 0;
    await expect(deriveFromPassphrase(passphrase(), { ...small, ...parameters })).rejects.toThrow(RangeError);
    expect(seen.tags).toEqual([]);
  });
});
