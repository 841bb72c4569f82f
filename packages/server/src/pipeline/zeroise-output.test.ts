import { describe, expect, it } from 'vitest';
import { kmsOperations } from '../services/kms/index.ts';
import type { Operation } from './operation.ts';
import { zeroiseOutput } from './zeroise-output.ts';

function operationOf(name: string): Operation {
  const operation = kmsOperations.get(name);
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  return operation;
}

const secretMembers: readonly (readonly [string, string])[] = [
  ['Decrypt', 'Plaintext'],
  ['GenerateDataKey', 'Plaintext'],
  ['GenerateRandom', 'Plaintext'],
  ['GenerateDataKeyPair', 'PrivateKeyPlaintext'],
  ['DeriveSharedSecret', 'SharedSecret'],
  ['Encapsulate', 'SharedSecret'],
  ['Decapsulate', 'SharedSecret'],
];

describe('An outcome that is answered, or that nobody gets', () => {
  it.each(secretMembers)('of %s leaves no %s in memory', (name, member) => {
    const secret = Buffer.from('a secret');
    const other = Buffer.from('a ciphertext');
    zeroiseOutput(operationOf(name), { output: { [member]: secret, CiphertextBlob: other, KeyId: 'a key' } });
    expect(secret).toEqual(Buffer.alloc(8));
    expect(other.toString()).toBe('a ciphertext');
  });

  it('is left alone where it has no secret, or no members at all', () => {
    const blob = Buffer.from('a ciphertext');
    zeroiseOutput(operationOf('Encrypt'), { output: { CiphertextBlob: blob } });
    zeroiseOutput(operationOf('DisableKey'), { output: undefined });
    zeroiseOutput(operationOf('Decrypt'), { output: { CiphertextForRecipient: blob, Plaintext: undefined } });
    expect(blob.toString()).toBe('a ciphertext');
  });
});
