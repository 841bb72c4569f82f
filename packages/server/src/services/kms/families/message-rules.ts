import { invalidDigestLength, messageTypeNotSupported, type MessageTypeName } from '@keyhaven/api-model';
import { assertAlgorithm } from '../../../keys/algorithms.ts';
import { keyPairOf } from '../../../keys/key-specs.ts';
import type { KmsKey } from '../../../keys/kms-key.ts';

/** Which messages a key signs: the algorithm is the key's, the type is the algorithm's, a digest has the right length (Sign, "MessageType"). */
export function assertSignable(
  key: KmsKey,
  algorithm: string,
  messageType: MessageTypeName,
  message: Uint8Array,
): void {
  assertAlgorithm(key, algorithm);
  const messageTypes = keyPairOf(key.spec).signing.get(algorithm)?.messageTypes;
  if (messageTypes?.has(messageType) !== true) throw messageTypeNotSupported(messageType, algorithm);
  const bytes = messageTypes.get(messageType);
  if (bytes !== undefined && message.length !== bytes) throw invalidDigestLength(algorithm);
}
