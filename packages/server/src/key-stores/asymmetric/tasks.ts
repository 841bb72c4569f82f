import { type KeyPair, type MessageType, type OpenPrivateKey, wrappingAlgorithms } from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import type { AttestationFault, AttestedRecipient } from '../../attestation/attested-recipient.ts';
import { verifyAttestationDocument } from '../../attestation/verify-attestation-document.ts';
import { findKeySpec, keyPairOf } from '../../keys/key-specs.ts';

/** A key pair as tasks name it: what the thread knows its keys by, and the key spec. */
export interface PairName {
  /** Unique for the key material in its Region. */
  readonly name: string;
  readonly spec: string;
}

/** A task that needs the public key alone brings it along. */
export interface PublicPair extends PairName {
  readonly publicKey: Uint8Array;
}

const mostPublicKeys = 2000;

/**
 * What a thread for asymmetric cryptography does, one method each. Private keys are loaded before the first task that
 * needs them and stay until they are forgotten; inputs and results are plain values, because they cross threads.
 */
export class AsymmetricTasks {
  readonly #privateKeys = new Map<string, OpenPrivateKey>();
  readonly #publicKeys = new LRUCache<string, ReturnType<ReturnType<typeof pairOf>['openPublicKey']>>({
    max: mostPublicKeys,
  });

  load({ name, spec, privateKey }: PairName & { readonly privateKey: Uint8Array }): void {
    this.forget({ name });
    this.#privateKeys.set(name, pairOf(spec).openPrivateKey(privateKey));
  }

  forget({ name }: { readonly name: string }): void {
    this.#privateKeys.get(name)?.[Symbol.dispose]();
    this.#privateKeys.delete(name);
  }

  generate({ spec }: { readonly spec: string }): KeyPair {
    return pairOf(spec).generate();
  }

  /** Reads a private key in PKCS#8 that was made elsewhere; undefined unless it is one of this key spec. */
  readPrivateKey({
    spec,
    privateKey,
  }: {
    readonly spec: string;
    readonly privateKey: Uint8Array;
  }): KeyPair | undefined {
    return pairOf(spec).readPrivateKey(privateKey);
  }

  /** Opens key material that was wrapped for its import under a key pair of this spec. The private key is not kept. */
  unwrap(task: {
    readonly spec: string;
    readonly privateKey: Uint8Array;
    readonly algorithm: string;
    readonly wrapped: Uint8Array;
  }): Buffer | undefined {
    using privateKey = pairOf(task.spec).openPrivateKey(task.privateKey);
    return schemeOf(wrappingAlgorithms, task.algorithm).unwrap(privateKey, task.wrapped);
  }

  /** Verifies an attestation document: some six signatures over P-384. `now`: milliseconds since 1970. */
  attest(task: {
    readonly document: Uint8Array;
    /** DER. */
    readonly roots: readonly Uint8Array[];
    readonly now: number;
  }): AttestedRecipient | AttestationFault {
    return verifyAttestationDocument(task.document, task.roots, task.now);
  }

  encrypt(task: PublicPair & { readonly algorithm: string; readonly plaintext: Uint8Array }): Buffer {
    const scheme = schemeOf(pairOf(task.spec).encryption, task.algorithm);
    return scheme.encrypt(this.#public(task), task.plaintext);
  }

  decrypt(
    task: PairName & { readonly algorithm: string; readonly ciphertext: Uint8Array },
  ): Buffer | undefined {
    const scheme = schemeOf(pairOf(task.spec).encryption, task.algorithm);
    return scheme.decrypt(this.#private(task), task.ciphertext);
  }

  sign(
    task: PairName & {
      readonly algorithm: string;
      readonly messageType: MessageType;
      readonly message: Uint8Array;
    },
  ): Buffer {
    const scheme = schemeOf(pairOf(task.spec).signing, task.algorithm);
    return scheme.sign(this.#private(task), task.messageType, task.message);
  }

  verify(
    task: PublicPair & {
      readonly algorithm: string;
      readonly messageType: MessageType;
      readonly message: Uint8Array;
      readonly signature: Uint8Array;
    },
  ): boolean {
    const scheme = schemeOf(pairOf(task.spec).signing, task.algorithm);
    return scheme.verify(this.#public(task), task.messageType, task.message, task.signature);
  }

  agree(
    task: PairName & { readonly algorithm: string; readonly peerPublicKey: Uint8Array },
  ): Buffer | undefined {
    const scheme = schemeOf(pairOf(task.spec).agreement, task.algorithm);
    return scheme.agree(this.#private(task), task.peerPublicKey);
  }

  encapsulate(task: PublicPair & { readonly algorithm: string }): {
    readonly sharedSecret: Buffer;
    readonly ciphertext: Buffer;
  } {
    return schemeOf(pairOf(task.spec).encapsulation, task.algorithm).encapsulate(this.#public(task));
  }

  decapsulate(
    task: PairName & { readonly algorithm: string; readonly ciphertext: Uint8Array },
  ): Buffer | undefined {
    const scheme = schemeOf(pairOf(task.spec).encapsulation, task.algorithm);
    return scheme.decapsulate(this.#private(task), task.ciphertext);
  }

  #private({ name }: PairName): OpenPrivateKey {
    const key = this.#privateKeys.get(name);
    if (key === undefined) throw new Error('the private key is not loaded');
    return key;
  }

  #public({ name, spec, publicKey }: PublicPair) {
    let key = this.#publicKeys.get(name);
    if (key === undefined) {
      key = pairOf(spec).openPublicKey(publicKey);
      this.#publicKeys.set(name, key);
    }
    return key;
  }
}

function pairOf(specName: string) {
  const spec = findKeySpec(specName);
  if (spec === undefined) throw new Error(`there is no key spec ${specName}`);
  return keyPairOf(spec);
}

function schemeOf<Scheme>(schemes: ReadonlyMap<string, Scheme>, algorithm: string): Scheme {
  const scheme = schemes.get(algorithm);
  if (scheme === undefined) throw new Error(`the key pair has no algorithm ${algorithm}`);
  return scheme;
}
