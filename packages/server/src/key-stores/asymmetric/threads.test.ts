import { Secret, copySecretBytes } from '@keyhaven/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKeySpec, keyPairOf } from '../../keys/key-specs.ts';
import { KeyPairs } from './key-pairs.ts';
import { AsymmetricThreads } from './threads.ts';

const spec = 'ECC_NIST_P256';
const pair = { name: 'a key', spec };
const algorithm = 'ECDSA_SHA_256';
const message = Buffer.from('a message');
const signing = { ...pair, algorithm, messageType: 'RAW' as const, message };

const threads = new AsymmetricThreads(2);
let keys: { readonly privateKey: Buffer; readonly publicKey: Buffer };
beforeAll(async () => {
  keys = await threads.run('generate', { spec });
});
afterAll(() => threads.close());

const openTimes = { count: 0 };
const open = () => {
  openTimes.count++;
  return Secret.take(copySecretBytes(keys.privateKey));
};

const verified = (signature: Uint8Array) =>
  threads.run('verify', {
    ...pair,
    publicKey: keys.publicKey,
    algorithm,
    messageType: 'RAW',
    message,
    signature,
  });

describe('A thread for asymmetric cryptography', () => {
  it('signs with a private key that is handed to it', async () => {
    const signature = await threads.runPrivate('sign', signing, open);
    expect(await verified(signature)).toBe(true);
    signature[10] = (signature[10] ?? 0) ^ 1;
    expect(await verified(signature)).toBe(false);
  });

  it('is handed a private key once, and again after it was to forget it', async () => {
    const one = new AsymmetricThreads(1);
    const before = openTimes.count;
    await one.runPrivate('sign', signing, open);
    await one.runPrivate('sign', signing, open);
    expect(openTimes.count - before).toBe(1);
    one.forget(pair.name);
    await one.runPrivate('sign', signing, open);
    expect(openTimes.count - before).toBe(2);
    await one.close();
  });

  it('leaves the bytes that it is given to their owner', async () => {
    const surrounded = Buffer.concat([Buffer.from('before '), message, Buffer.from(' after')]);
    const within = surrounded.subarray(7, 7 + message.length);
    const signature = await threads.runPrivate('sign', { ...signing, message: within }, open);
    expect(await verified(signature)).toBe(true);
    expect(surrounded.toString()).toBe('before a message after');
  });

  it('refuses to use a private key that it does not hold', async () => {
    await expect(threads.run('sign', { ...signing, name: 'unknown' })).rejects.toThrow('not loaded');
  });

  it('fails the task whose private key cannot be read, and tries again at the next', async () => {
    const own = { ...signing, name: 'damaged once' };
    const damaged = () => Secret.take(Buffer.from('not a private key'));
    await expect(threads.runPrivate('sign', own, damaged)).rejects.toThrow('not loaded');
    await expect(threads.runPrivate('sign', own, damaged)).rejects.toThrow('not loaded');
    expect(await verified(await threads.runPrivate('sign', own, open))).toBe(true);
  });

  it.each([
    ['a key spec', { ...signing, spec: 'RSA_1024' }],
    ['an algorithm', { ...signing, algorithm: 'RSASSA_PSS_SHA_256' }],
  ])('fails a task with %s that there is not', async (_what, task) => {
    await expect(threads.runPrivate('sign', task, open)).rejects.toThrow(/no (?:key spec|algorithm)/);
  });

  it('takes nothing once it is closed', async () => {
    const closed = new AsymmetricThreads(1);
    await closed.run('generate', { spec });
    const last = closed.run('generate', { spec: 'RSA_4096' });
    const refused = expect(last).rejects.toThrow('ended');
    await closed.close();
    await refused;
    expect(() => closed.run('generate', { spec })).toThrow('closed');
  });
});

describe('Key pairs', () => {
  const rsa = findKeySpec('RSA_2048');
  if (rsa === undefined) throw new Error('RSA_2048 is a key spec');

  it('that take long are made while the event loop goes on', async () => {
    const pairs = new KeyPairs(threads);
    let turns = 0;
    const progress = { isMade: false };
    const made = pairs.generate(rsa, 'account').finally(() => {
      progress.isMade = true;
    });
    while (!progress.isMade) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { privateKey, publicKey } = await made;
    expect(turns).toBeGreaterThan(100);
    expect(keyPairOf(rsa).readPrivateKey(privateKey)?.publicKey).toEqual(publicKey);
    await pairs.close();
  });

  it('are handed out once each', async () => {
    const pairs = new KeyPairs(threads);
    const made = await Promise.all(Array.from({ length: 6 }, () => pairs.generate(rsa, 'account')));
    const later = [await pairs.generate(rsa, 'account'), await pairs.generate(rsa, 'account')];
    const all = [...made, ...later].map(({ publicKey }) => publicKey.toString('hex'));
    expect(new Set(all).size).toBe(8);
    await pairs.close();
  });

  it('are refused to those who wait when it is closed', async () => {
    const pairs = new KeyPairs(threads);
    const waiting = [pairs.generate(rsa, 'account'), pairs.generate(rsa, 'account')].map((one) =>
      expect(one).rejects.toThrow(),
    );
    await pairs.close();
    await Promise.all(waiting);
  });
});
