import { AwsError } from '@keyhaven/api-model';
import type { Permission } from '../../authorization/permission.ts';
import type { KmsKey } from '../../keys/kms-key.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { type CiphertextKey, findCiphertextKey } from './ciphertext.ts';
import { findKey } from './find-key.ts';

interface ReEncryptInput {
  readonly CiphertextBlob?: Buffer | undefined;
  readonly SourceKeyId?: string | undefined;
  readonly DestinationKeyId: string;
}

/** A key, or why it is not there: told when it is its turn. */
type Found<T> = { readonly found: T } | { readonly refusal: AwsError };

/** Two keys. Whoever asks for one that was not found gets its refusal instead. */
export class TwoKeys {
  readonly #source: Found<CiphertextKey>;
  readonly #destination: Found<KmsKey>;

  constructor(source: Found<CiphertextKey>, destination: Found<KmsKey>) {
    this.#source = source;
    this.#destination = destination;
  }

  get source(): CiphertextKey {
    return foundIn(this.#source);
  }

  get destination(): KmsKey {
    return foundIn(this.#destination);
  }

  get present(): readonly KmsKey[] {
    const source = 'found' in this.#source ? [this.#source.found.key] : [];
    return 'found' in this.#destination ? [...source, this.#destination.found] : source;
  }
}

const from = 'kms:ReEncryptFrom';
const to = 'kms:ReEncryptTo';

/**
 * ReEncrypt: two keys, each with a permission of its own. That the destination is not there is told only to those who may
 * use the source: else it would tell a source that does not exist from one that is forbidden.
 */
export function reEncryptTarget(): Target<ReEncryptInput, TwoKeys> {
  return {
    load: (call, ports) => {
      const { CiphertextBlob, SourceKeyId, DestinationKeyId } = call.input;
      const source = attempt(() => findCiphertextKey(CiphertextBlob, SourceKeyId, call, ports, from));
      return andThen(source, (first) =>
        andThen(
          attempt(() => findKey(DestinationKeyId, 'any', call, ports, to)),
          (second) => new TwoKeys(first, second),
        ),
      );
    },
    permissions: (loaded, { input }) => permissionsOf(loaded, input),
    keys: ({ present }) => present,
  };
}

function* permissionsOf(loaded: TwoKeys, input: ReEncryptInput): Generator<Permission> {
  const { source } = loaded;
  const { key, isConcealed: concealed } = source;
  const onSameKey = loaded.present.length === 2 && loaded.present.every(({ arn }) => arn === key.arn);
  yield { kind: 'key', action: from, key, named: input.SourceKeyId, concealed, onSameKey };
  yield { kind: 'key', action: to, key: loaded.destination, named: input.DestinationKeyId, onSameKey };
}

function foundIn<T>(found: Found<T>): T {
  if ('found' in found) return found.found;
  throw found.refusal;
}

function attempt<T>(find: () => Maybe<T>): Maybe<Found<T>> {
  try {
    const found = find();
    return found instanceof Promise ? found.then((later) => ({ found: later }), refusedWith) : { found };
  } catch (error) {
    return refusedWith(error);
  }
}

/** Anything but a refusal is a fault of ours. */
function refusedWith(error: unknown): { readonly refusal: AwsError } {
  if (error instanceof AwsError) return { refusal: error };
  throw error;
}
