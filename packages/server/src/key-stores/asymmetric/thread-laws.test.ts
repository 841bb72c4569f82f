import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { copySecretBytes, type KeyPair, Secret } from '@keyhaven/crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKeySpec } from '../../keys/key-specs.ts';
import { KeyPairs } from './key-pairs.ts';
import { AsymmetricThreads } from './threads.ts';

const spec = 'ECC_NIST_P256';
const algorithm = 'ECDSA_SHA_256';
const message = Buffer.from('a message');
const signing = (name: string) => ({ name, spec, algorithm, messageType: 'RAW' as const, message });

const maker = new AsymmetricThreads(1);
let pairs: readonly KeyPair[];
beforeAll(async () => {
  pairs = await Promise.all(Array.from({ length: 4 }, () => maker.run('generate', { spec })));
});
afterAll(() => maker.close());

function pairAt(at: number): KeyPair {
  const pair = pairs[at];
  if (pair === undefined) throw new Error(`there is no pair ${at}`);
  return pair;
}

const openAt = (at: number) => () => Secret.take(copySecretBytes(pairAt(at).privateKey));

function verifiedBy(at: number, signature: Uint8Array): Promise<boolean> {
  const { publicKey } = pairAt(at);
  return maker.run('verify', { ...signing(`pair ${at}`), publicKey, signature });
}

/** What each of so many tasks at once came to: there is one for each thread at least, where there are as many threads. */
async function signWithoutHanding(threads: AsymmetricThreads, name: string, count: number) {
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, () => threads.run('sign', signing(name))),
  );
  return outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'signed'));
}

const notLoaded = 'Error: the private key is not loaded';

describe('A private key in the threads', () => {
  it('is gone from every thread once it was to be forgotten', async () => {
    await using threads = disposable(new AsymmetricThreads(2));
    const sign = () => threads.runPrivate('sign', signing('key'), openAt(0));
    await Promise.all([sign(), sign(), sign(), sign()]);
    expect(await signWithoutHanding(threads, 'key', 4)).toEqual(Array(4).fill('signed'));
    threads.forget('key');
    expect(await signWithoutHanding(threads, 'key', 4)).toEqual(Array(4).fill(notLoaded));
    expect(await verifiedBy(0, await sign())).toBe(true);
  });

  it('is forgotten after the tasks that were given before, and not under their hands', async () => {
    await using threads = disposable(new AsymmetricThreads(1));
    const before = Array.from({ length: 8 }, () => threads.runPrivate('sign', signing('key'), openAt(0)));
    threads.forget('key');
    for (const signature of await Promise.all(before)) expect(await verifiedBy(0, signature)).toBe(true);
    expect(await signWithoutHanding(threads, 'key', 1)).toEqual([notLoaded]);
  });

  it('leaves when 2,000 others were used since, and is handed over again when it is used', async () => {
    await using threads = disposable(new AsymmetricThreads(1));
    const opened = { count: 0 };
    const open = () => {
      opened.count++;
      return openAt(0)();
    };
    const use = (name: string) => threads.runPrivate('sign', signing(name), open);
    await use('first');
    await use('second');
    for (let at = 0; at < 1999; at++) void use(`other ${at}`);
    await use('second');
    expect(opened.count).toBe(2001);
    expect(await signWithoutHanding(threads, 'first', 1)).toEqual([notLoaded]);
    expect(await signWithoutHanding(threads, 'second', 1)).toEqual(['signed']);
    expect(await verifiedBy(0, await use('first'))).toBe(true);
    expect(opened.count).toBe(2002);
  });
});

describe('For any order of signatures and forgetting, at once in several threads', () => {
  it('every signature is that of the key that was named, and of no other', async () => {
    await using threads = disposable(new AsymmetricThreads(3));
    const step = fc.record({
      at: fc.nat({ max: 3 }),
      kind: fc.constantFrom('sign', 'sign', 'sign', 'forget'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
        const signed: Promise<readonly [number, Buffer]>[] = [];
        for (const { at, kind } of steps) {
          if (kind === 'forget') threads.forget(`pair ${at}`);
          else
            signed.push(
              threads
                .runPrivate('sign', signing(`pair ${at}`), openAt(at))
                .then((signature) => [at, signature] as const),
            );
        }
        for (const [at, signature] of await Promise.all(signed)) {
          expect(await verifiedBy(at, signature)).toBe(true);
          expect(await verifiedBy((at + 1) % 4, signature)).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('A thread that dies', () => {
  /** The threads that are started by `start`. */
  async function startedBy(start: () => Promise<unknown>): Promise<readonly Worker[]> {
    const workers: Worker[] = [];
    const note = (worker: Worker) => workers.push(worker);
    process.on('worker', note);
    await start();
    process.off('worker', note);
    return workers;
  }

  it('fails the tasks that it had, and another takes its place with the next one', async () => {
    await using threads = disposable(new AsymmetricThreads(1));
    const sign = () => threads.runPrivate('sign', signing('key'), openAt(0));
    const [worker] = await startedBy(sign);
    if (worker === undefined) throw new Error('no thread was started');
    const under = [threads.run('generate', { spec: 'RSA_4096' }), sign()];
    const failed = Promise.allSettled(under);
    await worker.terminate();
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await verifiedBy(0, await sign())).toBe(true);
  });

  it('is not given anything after its end, whoever else is at work', async () => {
    await using threads = disposable(new AsymmetricThreads(2));
    const sign = () => threads.runPrivate('sign', signing('key'), openAt(0));
    const workers = await startedBy(() => Promise.all([sign(), sign()]));
    expect(workers).toHaveLength(2);
    const [first] = workers;
    if (first === undefined) throw new Error('no thread was started');
    const gone = once(first, 'exit');
    await first.terminate();
    await gone;
    for (const signature of await Promise.all([sign(), sign(), sign()]))
      expect(await verifiedBy(0, signature)).toBe(true);
  });

  it('fails those who wait for the pair that it makes; the next pair is made by another', async () => {
    const rsa = findKeySpec('RSA_2048');
    const slow = findKeySpec('RSA_4096');
    if (rsa === undefined || slow === undefined) throw new Error('there are RSA keys');
    await using keyPairs = disposable(new KeyPairs(maker));
    const waiting: Promise<unknown>[] = [];
    const [worker] = await startedBy(() => {
      waiting.push(keyPairs.generate(slow, 'account'), keyPairs.generate(slow, 'account'));
      // A thread is told of in the next turn.
      return new Promise((resolve) => setImmediate(resolve));
    });
    if (worker === undefined) throw new Error('no thread was started');
    const failed = Promise.allSettled(waiting);
    await worker.terminate();
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await keyPairs.generate(rsa, 'account')).publicKey.length).toBeGreaterThan(256);
  });
});

function disposable<Closable extends { close(): Promise<void> }>(
  closable: Closable,
): Closable & AsyncDisposable {
  return Object.assign(closable, { [Symbol.asyncDispose]: () => closable.close() });
}
