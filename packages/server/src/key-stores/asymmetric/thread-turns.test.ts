import { copySecretBytes, type KeyPair, Secret } from '@keyhaven/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKeySpec } from '../../keys/key-specs.ts';
import { KeyPairs } from './key-pairs.ts';
import { AsymmetricThreads } from './threads.ts';

const spec = 'ECC_NIST_P256';
const message = Buffer.from('a message');
const signing = (name: string) => ({
  name,
  spec,
  algorithm: 'ECDSA_SHA_256',
  messageType: 'RAW' as const,
  message: Buffer.from(message),
});
const unavailable = () => new Error('unavailable');

const others = new AsymmetricThreads(1);
let pair: KeyPair;
beforeAll(async () => {
  pair = await others.run('generate', { spec });
});
afterAll(() => others.close());

const open = () => Secret.take(copySecretBytes(pair.privateKey));
const verified = (name: string, signature: Buffer) =>
  others.run('verify', { ...signing(name), publicKey: pair.publicKey, signature });

function specNamed(name: string) {
  return findKeySpec(name) ?? expect.unreachable(`there is no ${name}`);
}

/** Notes in which order what is under way ends. */
class Endings {
  readonly order: string[] = [];

  watch(name: string, work: Promise<unknown>): Promise<void> {
    return work.then(() => {
      this.order.push(name);
    });
  }
}

describe('Accounts that use the threads', () => {
  it('take turns: one task of an account is not behind the thousand of another', async () => {
    const threads = new AsymmetricThreads(1);
    const endings = new Endings();
    const greedy = Array.from({ length: 1000 }, () =>
      endings.watch('greedy', threads.runPrivate('sign', signing('key'), open, 'greedy')),
    );
    await endings.watch('modest', threads.runPrivate('sign', signing('key'), open, 'modest'));
    expect(endings.order.length).toBeLessThan(50);
    await Promise.all(greedy);
    expect(endings.order).toHaveLength(1001);
    await threads.close();
  });

  it('may zeroise what they have handed over, although its turn comes later', async () => {
    const threads = new AsymmetricThreads(1);
    const signatures = Array.from({ length: 100 }, () => {
      const own = signing('key');
      const signature = threads.runPrivate('sign', own, open, 'account');
      own.message.fill(0);
      return signature;
    });
    for (const signature of await Promise.all(signatures))
      expect(await verified('key', signature)).toBe(true);
    await threads.close();
  });

  it('lose a private key only after what waits for it, and nobody holds it then', async () => {
    const threads = new AsymmetricThreads(1);
    const before = Array.from({ length: 100 }, (_, at) =>
      threads.runPrivate('sign', signing('key'), open, `account ${at % 3}`),
    );
    threads.forget('key');
    for (const signature of await Promise.all(before)) expect(await verified('key', signature)).toBe(true);
    await expect(threads.run('sign', signing('key'))).rejects.toThrow('not loaded');
    await threads.close();
  });

  it('are refused what has not begun, and all that follows, once that is said', async () => {
    const threads = new AsymmetricThreads(1);
    const under = Promise.allSettled(
      Array.from({ length: 100 }, () => threads.runPrivate('sign', signing('key'), open, 'account')),
    );
    threads.refuseWaiting(unavailable);
    expect(() => threads.run('generate', { spec })).toThrow('unavailable');
    const outcomes = await under;
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(80);
    expect(refused.length).toBeLessThan(100);
    for (const outcome of refused) expect(outcome).toMatchObject({ reason: { message: 'unavailable' } });
    await threads.close();
  });

  it('hear of a private key that does not open, and the others go on', async () => {
    const threads = new AsymmetricThreads(1);
    const damaged = () => {
      throw new Error('it does not open');
    };
    const outcomes = await Promise.allSettled([
      threads.runPrivate('sign', signing('damaged'), damaged, 'one'),
      threads.runPrivate('sign', signing('key'), open, 'other'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await threads.close();
  });
});

describe('Accounts that wait for RSA key pairs', () => {
  const [small, large] = [specNamed('RSA_2048'), specNamed('RSA_4096')];

  it('take turns, whatever size another account asks for and however often', async () => {
    const pairs = new KeyPairs(others);
    const endings = new Endings();
    const greedy = Array.from({ length: 8 }, () => endings.watch('greedy', pairs.generate(large, 'greedy')));
    await endings.watch('modest', pairs.generate(small, 'modest'));
    expect(endings.order.length).toBeLessThanOrEqual(3);
    const ended = Promise.allSettled(greedy);
    pairs.refuseWaiting(unavailable);
    await ended;
    await pairs.close();
  });

  it('are refused with ThrottlingException beyond 32 at once, and no other account is', async () => {
    const pairs = new KeyPairs(others);
    // One more is being made.
    const waiting = Array.from({ length: 33 }, () => pairs.generate(large, 'greedy'));
    const ended = Promise.allSettled(waiting);
    expect(() => pairs.generate(small, 'greedy')).toThrow(
      expect.objectContaining({ code: 'ThrottlingException', status: 400 }) as Error,
    );
    const modest = expect(pairs.generate(small, 'modest')).rejects.toThrow('unavailable');
    pairs.refuseWaiting(unavailable);
    await modest;
    expect((await ended).every(({ status }) => status === 'rejected')).toBe(true);
    await pairs.close();
  });

  it('are refused at once when it is said so, whoever is served', async () => {
    const pairs = new KeyPairs(others);
    const waiting = [pairs.generate(large, 'one'), pairs.generate(large, 'other')];
    const refused = Promise.all(waiting.map((one) => expect(one).rejects.toThrow('unavailable')));
    pairs.refuseWaiting(unavailable);
    await refused;
    expect(() => pairs.generate(large, 'one')).toThrow('unavailable');
    await pairs.close();
  });
});
