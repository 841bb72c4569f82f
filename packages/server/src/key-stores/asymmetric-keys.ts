import type { Encapsulation, KeyPair, MessageType, Secret } from '@keyhaven/crypto';
import type { MaterialReference } from './port.ts';
import { KeyPairs } from './asymmetric/key-pairs.ts';
import type { PairName, PublicPair } from './asymmetric/tasks.ts';
import type { AsymmetricThreads } from './asymmetric/threads.ts';

/** The part of the software key store that uses key pairs, in threads of their own. */
export class AsymmetricKeys {
  readonly #threads: AsymmetricThreads;
  readonly #unwrap: (reference: MaterialReference) => Secret;
  readonly keyPairs: KeyPairs;

  /** `unwrap` answers the private key in PKCS #8, for a thread that does not hold it yet. */
  constructor(threads: AsymmetricThreads, unwrap: (reference: MaterialReference) => Secret) {
    this.#threads = threads;
    this.#unwrap = unwrap;
    this.keyPairs = new KeyPairs(threads);
  }

  encrypt(reference: MaterialReference, algorithm: string, plaintext: Uint8Array): Promise<Buffer> {
    const task = { ...publicPair(reference), algorithm, plaintext };
    return this.#threads.run('encrypt', task, accountOf(reference));
  }

  decrypt(
    reference: MaterialReference,
    algorithm: string,
    ciphertext: Uint8Array,
  ): Promise<Buffer | undefined> {
    const task = { ...pairName(reference), algorithm, ciphertext };
    return this.#threads.runPrivate('decrypt', task, () => this.#unwrap(reference), accountOf(reference));
  }

  sign(
    reference: MaterialReference,
    algorithm: string,
    messageType: MessageType,
    message: Uint8Array,
  ): Promise<Buffer> {
    const task = { ...pairName(reference), algorithm, messageType, message };
    return this.#threads.runPrivate('sign', task, () => this.#unwrap(reference), accountOf(reference));
  }

  verify(
    reference: MaterialReference,
    algorithm: string,
    messageType: MessageType,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean> {
    const task = { ...publicPair(reference), algorithm, messageType, message, signature };
    return this.#threads.run('verify', task, accountOf(reference));
  }

  agree(
    reference: MaterialReference,
    algorithm: string,
    peerPublicKey: Uint8Array,
  ): Promise<Buffer | undefined> {
    const task = { ...pairName(reference), algorithm, peerPublicKey };
    return this.#threads.runPrivate('agree', task, () => this.#unwrap(reference), accountOf(reference));
  }

  encapsulate(reference: MaterialReference, algorithm: string): Promise<Encapsulation> {
    const task = { ...publicPair(reference), algorithm };
    return this.#threads.run('encapsulate', task, accountOf(reference));
  }

  decapsulate(
    reference: MaterialReference,
    algorithm: string,
    ciphertext: Uint8Array,
  ): Promise<Buffer | undefined> {
    const task = { ...pairName(reference), algorithm, ciphertext };
    return this.#threads.runPrivate('decapsulate', task, () => this.#unwrap(reference), accountOf(reference));
  }

  /** Opens key material that was wrapped under the wrapping key; the caller's to zeroise. */
  unwrapImport(
    wrappingKeySpec: string,
    privateKey: Uint8Array,
    algorithm: string,
    wrapped: Uint8Array,
    accountId: string,
  ): Promise<Buffer | undefined> {
    const task = { spec: wrappingKeySpec, privateKey, algorithm, wrapped };
    return this.#threads.run('unwrap', task, accountId);
  }

  /** Reads a private key that was made elsewhere, in PKCS#8; undefined unless it is one of this key spec. */
  readPrivateKey(spec: string, privateKey: Uint8Array, accountId: string): Promise<KeyPair | undefined> {
    return this.#threads.run('readPrivateKey', { spec, privateKey }, accountId);
  }

  forget(name: string): void {
    this.#threads.forget(name);
  }

  /** From here on begins nothing: what waits, and what is still asked for, is refused with this error. */
  refuseWaiting(error: () => Error): void {
    this.keyPairs.refuseWaiting(error);
    this.#threads.refuseWaiting(error);
  }

  /** Ends the threads, and with them all that they hold. */
  async close(): Promise<void> {
    await Promise.all([this.keyPairs.close(), this.#threads.close()]);
  }
}

function pairName({ material, spec }: MaterialReference): PairName {
  return { name: `${material.region}/${material.material_id}`, spec: spec.name };
}

function publicPair(reference: MaterialReference): PublicPair {
  const { public_key: publicKey } = reference.material;
  if (publicKey === null) throw new Error('the key material has no public key');
  return { ...pairName(reference), publicKey };
}

/** Whose turn it takes: a key is used by its own account. */
function accountOf({ material }: MaterialReference): string {
  return material.account_id;
}
