import { keyNotFound } from '@keyhaven/api-model';
import type { KeyDirectory } from '../../../keys/key-directory.ts';
import { assertStatePermits } from '../../../keys/key-states.ts';
import { addressOf, type KmsKey } from '../../../keys/kms-key.ts';
import { stateOf } from '../../../keys/load-key.ts';
import { andThen, type Maybe } from '../../../maybe.ts';

/**
 * The key as it is after something that took a while. Throws what refuses it to requests where it was disabled, scheduled
 * for deletion or destroyed meanwhile: its key material must not be used, nor taken into memory again, after that.
 */
export function findPresentKey(
  { row, arn }: KmsKey,
  directory: Pick<KeyDirectory, 'findKey'>,
  now: number,
): Maybe<KmsKey> {
  return andThen(directory.findKey(addressOf(row)), (present) => {
    if (present === undefined) throw keyNotFound(arn);
    assertStatePermits('cryptographic', stateOf(present, now), arn);
    return present;
  });
}
