import { Secret } from '@keyhaven/crypto';
import { vi } from 'vitest';
import { SealRefusal } from './seal-refusal.ts';

export const installationId = '5f0c7c2e-8a3d-4c55-9d0e-0a1b2c3d4e5f';
/** Memory that lets a test finish; the passphrase seal's floor. */
export const lowCost = { memoryKiB: 8192, passes: 1, parallelism: 1 };

export const secretText = (text: string) => Secret.take(Buffer.from(text, 'utf8'));
export const reveal = (secret: Secret) => secret.use((bytes) => bytes.toString('hex'));

export function isDisposed(secret: Secret): boolean {
  try {
    secret.use(() => undefined);
    return false;
  } catch {
    return true;
  }
}

/** All memory for secret bytes that was made while `run` ran. */
export async function secretMemoryOf(run: () => unknown): Promise<readonly Buffer[]> {
  const from = vi.spyOn(Buffer, 'from');
  await run();
  const { calls, results } = from.mock;
  from.mockRestore();
  const made = results.map(({ value }) => value as Buffer);
  // With an ArrayBuffer of its own: what is made of a text or of other bytes lies in the shared pool.
  return made.filter((_, at) => (calls[at]?.[0] as unknown) instanceof ArrayBuffer);
}

export const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0);

/** The refusal that an act ends in; throws if it ends otherwise. */
export async function refusalOf(act: () => unknown): Promise<SealRefusal> {
  try {
    await act();
  } catch (error) {
    if (error instanceof SealRefusal) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** The bytes with one bit flipped. */
export function flipped(bytes: Buffer, at: number, bit = 0): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
}
