import { invalidCiphertext, plaintextEmpty, plaintextTooLong } from '@keyhaven/api-model';
import { type KeyStore, type MaterialReference, referenceTo } from '../../../key-stores/port.ts';
import { assertAlgorithm, contextFor } from '../../../keys/algorithms.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import type { KmsKey } from '../../../keys/kms-key.ts';
import { andThen, type Maybe } from '../../../maybe.ts';
import { type CiphertextKey, openingMaterial } from '../../../pipeline/targets/ciphertext.ts';

type Context = ReadonlyMap<string, string> | undefined;

/** How a key encrypts: what Encrypt and ReEncrypt ask of it before anything is encrypted. */
export interface Sealing {
  readonly reference: MaterialReference;
  readonly algorithm: string;
  readonly aad: Buffer;
}

/** Throws unless the key has the algorithm and takes the context. */
export function sealingUnder(key: KmsKey, algorithm: string, context: Context): Sealing {
  assertAlgorithm(key, algorithm);
  const aad = contextFor(key, context);
  return { reference: referenceTo(key, currentMaterial(key)), algorithm, aad };
}

/** Encrypts; throws ValidationException for less or more than the algorithm takes at once. */
export function seal(sealing: Sealing, plaintext: Uint8Array, keyStore: KeyStore): Maybe<Buffer> {
  const { reference, algorithm, aad } = sealing;
  const { name, material } = reference.spec;
  if (material.kind === 'key pair') {
    const scheme = material.pair.encryption.get(algorithm);
    const [least, most] = [scheme?.minPlaintextBytes ?? 0, scheme?.maxPlaintextBytes ?? 0];
    if (plaintext.length < least) throw plaintextEmpty(algorithm, name);
    if (plaintext.length > most) throw plaintextTooLong(algorithm, name, most);
  }
  return keyStore.encrypt(reference, algorithm, plaintext, aad);
}

/** How a ciphertext is opened: what Decrypt and ReEncrypt ask before anything is opened. */
export interface Opening {
  readonly algorithm: string;
  readonly aad: Buffer;
}

/** Throws unless the key has the algorithm and takes the context. */
export function openingUnder({ key }: CiphertextKey, algorithm: string, context: Context): Opening {
  assertAlgorithm(key, algorithm);
  return { algorithm, aad: contextFor(key, context) };
}

export interface Opened {
  /** The caller's to return or to zeroise. */
  readonly plaintext: Buffer;
  readonly keyMaterialId: string;
}

/** Opens a ciphertext; throws IncorrectKeyException for another key's, InvalidCiphertextException for what does not open. */
export function open(
  target: CiphertextKey,
  { algorithm, aad }: Opening,
  ciphertext: Buffer,
  keyStore: KeyStore,
): Maybe<Opened> {
  const material = openingMaterial(target);
  const opened = keyStore.decrypt(referenceTo(target.key, material), algorithm, ciphertext, aad);
  return andThen(opened, (plaintext) => {
    if (plaintext === undefined) throw invalidCiphertext();
    return { plaintext, keyMaterialId: material.material_id };
  });
}

/** Only symmetric keys tell which key material they used. */
export function shownMaterialId({ spec }: KmsKey, keyMaterialId: string): string | undefined {
  return spec.type === 'symmetric' ? keyMaterialId : undefined;
}
