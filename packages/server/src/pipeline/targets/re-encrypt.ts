import type { KmsKey } from '../../keys/kms-key.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { type CiphertextKey, findCiphertextKey } from './ciphertext.ts';
import { findKey } from './find-key.ts';

interface ReEncryptInput {
  readonly CiphertextBlob?: Buffer | undefined;
  readonly SourceKeyId?: string | undefined;
  readonly DestinationKeyId: string;
}

export interface TwoKeys {
  readonly source: CiphertextKey;
  readonly destination: KmsKey;
}

/** ReEncrypt: two keys, each with a permission of its own. */
export function reEncryptTarget(): Target<ReEncryptInput, TwoKeys> {
  const from = 'kms:ReEncryptFrom';
  const to = 'kms:ReEncryptTo';
  return {
    load: (call, ports) =>
      andThen(
        findCiphertextKey(call.input.CiphertextBlob, call.input.SourceKeyId, call, ports, from),
        (source) =>
          andThen(findKey(call.input.DestinationKeyId, 'any', call, ports, to), (destination) => ({
            source,
            destination,
          })),
      ),
    permissions: ({ source, destination }) => [
      { kind: 'key', action: from, key: source.key, concealed: source.isConcealed },
      { kind: 'key', action: to, key: destination },
    ],
    keys: ({ source, destination }) => [source.key, destination],
  };
}
