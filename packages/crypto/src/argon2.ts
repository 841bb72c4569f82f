import { argon2, argon2Sync, type Argon2Parameters } from 'node:crypto';
import { Secret } from './secret.ts';

/** How costly a derivation is: what each guess at a passphrase costs as well. */
export interface PassphraseCost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** What `deriveFromPassphrase` needs beside the passphrase; none of it is secret. */
export interface PassphraseParameters extends PassphraseCost {
  readonly salt: Buffer;
}

/** Memory in the place of passes, as RFC 9106 section 4 advises: about half a second and 256 MiB for one guess. */
export const defaultPassphraseCost: PassphraseCost = { memoryKiB: 256 * 1024, passes: 3, parallelism: 4 };

/**
 * What is accepted. The upper bounds keep parameters that someone else wrote from taking the machine's memory or
 * hours of its time; the lower ones keep a guess from being nearly free. RFC 9106 section 3.1 wants 16 bytes of salt.
 */
export const passphraseLimits = {
  saltBytes: { min: 16, max: 64 },
  memoryKiB: { min: 8 * 1024, max: 4 * 1024 * 1024 },
  passes: { min: 1, max: 100 },
  parallelism: { min: 1, max: 64 },
} as const;

const derivedBytes = 32;

/**
 * The 32-byte key of a passphrase: Argon2id (RFC 9106, version 1.3), computed outside the event loop. The passphrase
 * stays the caller's to dispose, and is kept alive until the key is there. Rejects with a RangeError for parameters
 * outside `passphraseLimits`, with an Error if the passphrase is disposed or the memory is not to be had.
 */
export async function deriveFromPassphrase(
  passphrase: Secret,
  parameters: PassphraseParameters,
): Promise<Secret> {
  const { salt, ...cost } = parameters;
  assertWithin('saltBytes', salt.length);
  assertWithin('memoryKiB', cost.memoryKiB);
  assertWithin('passes', cost.passes);
  assertWithin('parallelism', cost.parallelism);
  const lease = passphrase.lease();
  try {
    const key = await new Promise<Buffer>((resolve, reject) => {
      passphrase.use((message) => startArgon2id({ message, salt, ...cost }, resolve, reject));
    });
    return Secret.take(key);
  } finally {
    lease[Symbol.dispose]();
  }
}

/** Argon2's inputs P, S, K and X (RFC 9106 section 3.1) and its cost. */
export interface Argon2Inputs extends PassphraseCost {
  readonly message: Uint8Array;
  readonly salt: Uint8Array;
  readonly secret?: Uint8Array;
  readonly associatedData?: Uint8Array;
}

/** Argon2id with a tag of 32 bytes, which `resolve` gets and zeroises. Not exported from the package. */
export function startArgon2id(
  inputs: Argon2Inputs,
  resolve: (tag: Buffer) => void,
  reject: (error: Error) => void,
): void {
  argon2('argon2id', platformParameters(inputs), (error, tag) => {
    if (error === null) resolve(tag);
    else reject(error);
  });
}

/** `startArgon2id` on the spot, for the self-test. Not exported from the package. */
export function argon2idSync(inputs: Argon2Inputs): Buffer {
  return argon2Sync('argon2id', platformParameters(inputs));
}

function platformParameters({ salt, memoryKiB, ...inputs }: Argon2Inputs): Argon2Parameters {
  return { ...inputs, nonce: salt, memory: memoryKiB, tagLength: derivedBytes };
}

function assertWithin(name: keyof typeof passphraseLimits, value: number): void {
  const { min, max } = passphraseLimits[name];
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} is a whole number from ${min} to ${max}`);
  }
}
