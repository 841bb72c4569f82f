import { randomFillSync } from 'node:crypto';
import { secretMemory } from './secret-memory.ts';

const poolBytes = 4096;
const pool = Buffer.alloc(poolBytes);
let next = poolBytes;

/** `length` random bytes in memory of their own, straight from the platform's source: for keys and data keys. */
export function randomBytes(length: number): Buffer {
  return randomFillSync(secretMemory(length));
}

/**
 * Writes `length` random bytes at `offset` of `target`, from a pool of 4 KiB whose bytes are wiped as they are
 * taken: one call of the source (1.8 us) serves some 140 messages. For nonces, IVs and identifiers, never for keys.
 * Throws a RangeError if they do not fit, so that no caller continues with fewer random bytes than it asked for.
 */
export function drawRandom(target: Buffer, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > target.length) throw new RangeError('Outside the target');
  if (length > poolBytes) {
    randomFillSync(target, offset, length);
    return;
  }
  if (length > poolBytes - next) {
    randomFillSync(pool);
    next = 0;
  }
  for (let i = 0; i < length; i++) {
    target[offset + i] = pool[next] ?? 0;
    pool[next++] = 0;
  }
}

/** Wipes the pool. Call it after a clock jump: a resumed snapshot must not repeat the nonces of its twin. */
export function dropRandomPool(): void {
  pool.fill(0);
  next = poolBytes;
}

const scratch = Buffer.alloc(16);

/** A version 4 UUID (RFC 9562, section 5.4) in lower case. */
export function randomUuid(): string {
  drawRandom(scratch, 0, 16);
  scratch[6] = ((scratch[6] ?? 0) & 0x0f) | 0x40;
  scratch[8] = ((scratch[8] ?? 0) & 0x3f) | 0x80;
  const hex = scratch.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** `bytes` random bytes as lower-case hexadecimal, for identifiers. */
export function randomHex(bytes: number): string {
  const drawn = Buffer.alloc(bytes);
  drawRandom(drawn, 0, bytes);
  return drawn.toString('hex');
}
