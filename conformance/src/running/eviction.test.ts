import { randomInt } from 'node:crypto';
import { encodeEncryptionContext, encryptSymmetric, Secret } from '@keyhaven/crypto';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encryptAnew, openBlob } from './independent-cryptography.ts';
import { SignedConnection } from './signed-connection.ts';

/** Requests of each connection. */
const requests = Number(process.env['EVICTION_TEST_REQUESTS'] ?? 150);
const connections = 32;
const keys = 64;
const mostKeysInUse = 4;
const zeros = Buffer.alloc(32);

interface Encrypted {
  readonly blob: string;
  readonly plaintext: string;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const anyOf = <T>(items: readonly T[]): T => {
  const item = items[randomInt(items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
};

describe('A service that keeps fewer keys in memory than are in use', () => {
  let service: TestService;
  const keyIds: string[] = [];
  const encrypted: Encrypted[] = [];

  beforeAll(async () => {
    service = await startTestService({ mostKeysInUse });
    const connection = new SignedConnection(service.url);
    for (let made = 0; made < keys; made++) {
      const { json } = await connection.send('CreateKey', {});
      keyIds.push((json['KeyMetadata'] as { readonly KeyId: string }).KeyId);
    }
    connection.close();
  });
  afterAll(() => service.close());

  /** Encrypts, makes data keys, decrypts what anyone encrypted, and rotates, all of any key; answers what was wrong. */
  async function useAnyKeys(connection: SignedConnection, name: number): Promise<readonly string[]> {
    const faults: string[] = [];
    for (let turn = 0; turn < requests; turn++) {
      const KeyId = anyOf(keyIds);
      if (turn % 25 === 24) {
        const { error } = await connection.send('RotateKeyOnDemand', { KeyId });
        if (error !== undefined && error !== 'LimitExceededException')
          faults.push(`RotateKeyOnDemand: ${error}`);
      } else if (turn % 3 === 0 || encrypted.length === 0) {
        const Plaintext = base64(`${name} ${turn} of ${KeyId}`);
        const { error, json } = await connection.send('Encrypt', { KeyId, Plaintext });
        if (error === undefined)
          encrypted.push({ blob: String(json['CiphertextBlob']), plaintext: Plaintext });
        else faults.push(`Encrypt: ${error}`);
      } else if (turn % 3 === 1) {
        const { error, json } = await connection.send('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
        const [blob, plaintext] = [String(json['CiphertextBlob']), String(json['Plaintext'])];
        if (error === undefined) encrypted.push({ blob, plaintext });
        else faults.push(`GenerateDataKey: ${error}`);
      } else {
        const { blob, plaintext } = anyOf(encrypted);
        const { error, json } = await connection.send('Decrypt', { CiphertextBlob: blob });
        if (error !== undefined || json['Plaintext'] !== plaintext)
          faults.push(`Decrypt: ${error ?? 'another plaintext'}`);
      }
    }
    return faults;
  }

  it('answers every request as if it kept all of them', async () => {
    const faults = await Promise.all(
      Array.from({ length: connections }, async (_, name) => {
        const connection = new SignedConnection(service.url);
        const found = await useAnyKeys(connection, name);
        connection.close();
        return found;
      }),
    );
    expect(faults.flat()).toEqual([]);
    expect(encrypted.length).toBeGreaterThan((connections * requests) / 2);
  });

  it('opens every ciphertext to its own plaintext afterwards', async () => {
    const connection = new SignedConnection(service.url);
    for (const { blob, plaintext } of encrypted) {
      const { json } = await connection.send('Decrypt', { CiphertextBlob: blob });
      expect(json['Plaintext']).toBe(plaintext);
    }
    connection.close();
  });

  it('has encrypted nothing under a key of zeros, which is what zeroised key material would be', () => {
    const open = encrypted.filter(({ blob }) => openBlob(zeros, Buffer.from(blob, 'base64')) !== undefined);
    expect(open).toEqual([]);
  });
});

describe('A ciphertext under a key of zeros', () => {
  const material = Buffer.alloc(32, 0x5a);
  const materialId = Buffer.alloc(32, 0x11);
  const plaintext = Buffer.from('any plaintext');
  const made = (key: Buffer) =>
    encryptSymmetric(
      Secret.take(Buffer.from(key)),
      materialId,
      plaintext,
      encodeEncryptionContext(undefined),
    );

  it('would be told from others by this trial', () => {
    const blob = made(material);
    expect(openBlob(material, blob)).toEqual(plaintext);
    expect(openBlob(zeros, blob)).toBeUndefined();
    expect(openBlob(zeros, encryptAnew(zeros, blob, plaintext))).toEqual(plaintext);
  });

  it('is not made by the cryptography itself', () => {
    expect(() => made(zeros)).toThrow('all zero');
  });
});
