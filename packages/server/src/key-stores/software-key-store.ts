import {
  type Encapsulation,
  SecretSlab,
  type Secret,
  decryptSymmetric,
  encodeFields,
  encryptSymmetric,
  equalConstantTime,
  macAlgorithms,
  type MessageType,
  randomBytes,
  randomHex,
} from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import { type BindingOf, type Keyring, regionScope } from '../domain-keys/keyring.ts';
import { type FingerprintRow, fingerprintBinding } from '../keys/import-bindings.ts';
import type { KeySpecRow, MaterialKind } from '../keys/key-specs.ts';
import { addressOf, type KeyAddress, type MaterialRow, type NewMaterialRow } from '../keys/kms-key.ts';
import { andThen, type Maybe } from '../maybe.ts';
import { AsymmetricThreads } from './asymmetric/threads.ts';
import { AsymmetricKeys } from './asymmetric-keys.ts';
import { MaterialImports } from './import/material-imports.ts';
import type { KeyStore, MaterialReference, NewMaterial, UnusedMaterial } from './port.ts';

/** What key material is called in memory: the same id may be in several Regions. */
export const nameOf = ({ region, material_id }: Pick<MaterialRow, 'region' | 'material_id'>): string =>
  `${region}/${material_id}`;

/** What a slot of the slab holds. */
const slotBytes = 32;

interface Unwrapped {
  readonly secret: Secret;
  readonly id: Buffer;
}

/**
 * Key material wrapped in the database and used in this process. Symmetric material in use is kept in a slab of its
 * own, by least recent use, and zeroised when it leaves; private keys in use are in threads of their own.
 */
export class SoftwareKeyStore implements KeyStore {
  readonly #keyring: Keyring;
  readonly #installationId: string;
  readonly #pairs: AsymmetricKeys;
  readonly #slab = new SecretSlab();
  readonly #unwrapped: LRUCache<string, Unwrapped>;
  /** The taking in of key material that was made elsewhere. */
  readonly imports: MaterialImports;

  /** `mostInUse`: how many keys' material may be in memory at once; the least recently used leaves first. */
  constructor(
    keyring: Keyring,
    installationId: string,
    mostInUse = 100_000,
    threads = new AsymmetricThreads(),
  ) {
    this.#keyring = keyring;
    this.#installationId = installationId;
    this.#pairs = new AsymmetricKeys(threads, (reference) =>
      this.unwrapMaterial(reference.material, reference),
    );
    this.imports = new MaterialImports(keyring, this.#pairs, (...material) => this.wrapMaterial(...material));
    this.#unwrapped = new LRUCache<string, Unwrapped>({
      max: mostInUse,
      dispose: ({ secret }) => {
        secret.dispose();
      },
    });
  }

  /** The making of key pairs, for data key pairs and wrapping keys too. */
  get keyPairs(): AsymmetricKeys['keyPairs'] {
    return this.#pairs.keyPairs;
  }

  generate(address: KeyAddress, spec: KeySpecRow): Maybe<NewMaterial> {
    const kind = { spec, origin: 'AWS_KMS' };
    const { material } = spec;
    if (material.kind === 'bytes')
      return this.wrapMaterial(address, kind, randomHex(32), randomBytes(material.bytes));
    return this.keyPairs.generate(spec, address.accountId).then(({ privateKey, publicKey }) => ({
      ...this.wrapMaterial(address, kind, randomHex(32), privateKey),
      publicKey,
    }));
  }

  /** Wraps given material (a seed file's, imported) as `generate` wraps its own. Zeroises `bytes`. */
  wrapMaterial(address: KeyAddress, kind: MaterialKind, materialId: string, bytes: Buffer): NewMaterial {
    const binding = this.#bindingOf(address, materialId, kind);
    const wrapped = this.#keyring.wrap(regionScope(address.region), binding, bytes);
    bytes.fill(0);
    return { materialId, wrapped };
  }

  encrypt(
    reference: MaterialReference,
    algorithm: string,
    plaintext: Uint8Array,
    aad: Buffer,
  ): Maybe<Buffer> {
    if (reference.spec.material.kind === 'key pair')
      return this.#pairs.encrypt(reference, algorithm, plaintext);
    const { secret, id } = this.#material(reference);
    return encryptSymmetric(secret, id, plaintext, aad);
  }

  decrypt(
    reference: MaterialReference,
    algorithm: string,
    ciphertext: Buffer,
    aad: Buffer,
  ): Maybe<Buffer | undefined> {
    if (reference.spec.material.kind === 'key pair')
      return this.#pairs.decrypt(reference, algorithm, ciphertext);
    const { secret, id } = this.#material(reference);
    return decryptSymmetric(secret, id, ciphertext, aad);
  }

  sign(
    reference: MaterialReference,
    algorithm: string,
    messageType: MessageType,
    message: Uint8Array,
  ): Promise<Buffer> {
    return this.#pairs.sign(reference, algorithm, messageType, message);
  }

  verify(
    reference: MaterialReference,
    algorithm: string,
    messageType: MessageType,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean> {
    return this.#pairs.verify(reference, algorithm, messageType, message, signature);
  }

  mac(reference: MaterialReference, algorithm: string, message: Uint8Array): Buffer {
    const mac = macAlgorithms.get(algorithm);
    if (mac === undefined) throw new Error(`there is no MAC algorithm ${algorithm}`);
    return this.#material(reference).secret.use((key) => mac.mac(key, message));
  }

  verifyMac(
    reference: MaterialReference,
    algorithm: string,
    message: Uint8Array,
    mac: Uint8Array,
  ): Maybe<boolean> {
    return andThen(this.mac(reference, algorithm, message), (right) => equalConstantTime(right, mac));
  }

  agree(reference: MaterialReference, algorithm: string, publicKey: Uint8Array): Promise<Buffer | undefined> {
    return this.#pairs.agree(reference, algorithm, publicKey);
  }

  encapsulate(reference: MaterialReference, algorithm: string): Promise<Encapsulation> {
    return this.#pairs.encapsulate(reference, algorithm);
  }

  decapsulate(
    reference: MaterialReference,
    algorithm: string,
    ciphertext: Uint8Array,
  ): Promise<Buffer | undefined> {
    return this.#pairs.decapsulate(reference, algorithm, ciphertext);
  }

  copyTo(reference: UnusedMaterial, address: KeyAddress): NewMaterial {
    const { material } = reference;
    using secret = this.unwrapMaterial(material, reference);
    const binding = this.#bindingOf(address, material.material_id, reference);
    return {
      materialId: material.material_id,
      wrapped: this.#keyring.wrap(regionScope(address.region), binding, secret),
      publicKey: material.public_key === null ? undefined : Buffer.from(material.public_key),
    };
  }

  copyFingerprint(fingerprint: FingerprintRow, address: KeyAddress): Buffer {
    const { accountId: account_id, region, keyId: key_id } = address;
    const bindingIn = (row: FingerprintRow) => fingerprintBinding(this.#installationId, row);
    using secret = this.#keyring.unwrap(
      regionScope(fingerprint.region),
      bindingIn(fingerprint),
      fingerprint.wrapped,
    );
    const copy = { ...fingerprint, account_id, region, key_id };
    return this.#keyring.wrap(regionScope(region), bindingIn(copy), secret);
  }

  assertOpens({ material, ...kind }: MaterialReference): void {
    this.unwrapMaterial(material, kind).dispose();
  }

  forget(material: Pick<MaterialRow, 'region' | 'material_id'>): void {
    this.#unwrapped.delete(nameOf(material));
    this.#pairs.forget(nameOf(material));
  }

  /** The row's key material, opened anew; throws UnwrapError unless it was wrapped for exactly this row. */
  unwrapMaterial(row: NewMaterialRow, kind: MaterialKind): Secret {
    const binding = this.#bindingOf(addressOf(row), row.material_id, kind);
    return this.#keyring.unwrap(regionScope(row.region), binding, row.wrapped);
  }

  /** The row's key material wrapped under its Region's current domain key. */
  rewrap(row: MaterialRow, kind: MaterialKind): Buffer {
    using secret = this.unwrapMaterial(row, kind);
    const binding = this.#bindingOf(addressOf(row), row.material_id, kind);
    return this.#keyring.wrap(regionScope(row.region), binding, secret);
  }

  /** From here on no work on key pairs begins: what waits, and what is still asked for, is refused with this error. */
  refuseWaiting(error: () => Error): void {
    this.#pairs.refuseWaiting(error);
  }

  /** Zeroises all key material in use, and ends the threads that hold private keys. */
  async close(): Promise<void> {
    this.#unwrapped.clear();
    await this.#pairs.close();
  }

  /** What wrapped key material is bound to: it opens as this key's, under this id, and nowhere else. */
  #bindingOf({ accountId, region, keyId }: KeyAddress, materialId: string, kind: MaterialKind): BindingOf {
    return (wrappingKeyId) =>
      encodeFields([
        'key material',
        1,
        this.#installationId,
        wrappingKeyId,
        accountId,
        region,
        keyId,
        materialId,
        kind.spec.name,
        kind.origin,
      ]);
  }

  #material(reference: MaterialReference): Unwrapped {
    const { material } = reference;
    const name = nameOf(material);
    const known = this.#unwrapped.get(name);
    if (known !== undefined) return known;
    const unwrapped = {
      secret: this.#keep(this.unwrapMaterial(material, reference)),
      id: Buffer.from(material.material_id, 'hex'),
    };
    this.#unwrapped.set(name, unwrapped);
    return unwrapped;
  }

  /** 32 bytes, which most have, go into the slab. */
  #keep(secret: Secret): Secret {
    if (secret.length !== slotBytes) return secret;
    using moved = secret;
    return moved.use((bytes) => this.#slab.take(bytes));
  }
}
