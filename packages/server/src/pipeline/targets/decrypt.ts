import type { Target } from '../operation.ts';
import { type CiphertextKey, findCiphertextKey } from './ciphertext.ts';

interface DecryptInput {
  readonly CiphertextBlob?: Buffer | undefined;
  readonly KeyId?: string | undefined;
}

/** Decrypt: the key that the caller names, or that the blob names. */
export function decryptTarget(): Target<DecryptInput, CiphertextKey> {
  const action = 'kms:Decrypt';
  return {
    load: (call, ports) =>
      findCiphertextKey(call.input.CiphertextBlob, call.input.KeyId, call, ports, action),
    permissions: ({ key, isConcealed }, { input }) => [
      { kind: 'key', action, key, named: input.KeyId, concealed: isConcealed },
    ],
    keys: ({ key }) => [key],
  };
}
