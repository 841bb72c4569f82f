import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { deriveKey } from './kdf.ts';
import { randomBytes } from './random.ts';
import { copySecretBytes, secretMemory } from './secret-memory.ts';
import { Secret } from './secret.ts';

/** So many that what the test runner frees meanwhile is a small share. */
const secrets = 200_000;
const length = 32;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** All that was made, so that nothing of it is collected while something else is measured. */
const kept: object[] = [];

function bytesOutsideHeap(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** How much of what is made lies outside JavaScript's heap, where no collection moves it: 0 for nothing, 1 for all. */
function shareOutsideHeap(make: () => object): number {
  const before = bytesOutsideHeap();
  for (let made = 0; made < secrets; made++) kept.push(make());
  return (bytesOutsideHeap() - before) / (secrets * length);
}

describe('secret bytes', () => {
  const material = Buffer.alloc(length, 7);
  const root = Secret.take(Buffer.alloc(length, 9));

  it.each<readonly [string, () => object]>([
    ['memory for them', () => secretMemory(length)],
    ['a copy', () => copySecretBytes(material)],
    ['a Secret that takes them', () => Secret.take(Buffer.alloc(length, 1))],
    ['a random Secret', () => Secret.random(length)],
    ['a derived key', () => deriveKey(root, 'keyhaven/test/1', Buffer.alloc(0), length)],
    ['random bytes', () => randomBytes(length)],
  ])('lie outside the heap in which a collection moves things and leaves copies: %s', (_what, make) => {
    // Not exactly 1: the test runner has buffers too, some tens of kilobytes.
    expect(shareOutsideHeap(make)).toBeGreaterThan(0.9);
  });

  it('would not, as the platform makes small buffers', () => {
    expect(shareOutsideHeap(() => Buffer.alloc(length))).toBeLessThan(0.1);
  });

  it('are zero at first, and a copy is a copy', () => {
    expect(secretMemory(3)).toEqual(Buffer.alloc(3));
    const copy = copySecretBytes(material);
    material.fill(0);
    expect(copy).toEqual(Buffer.alloc(length, 7));
  });
});
