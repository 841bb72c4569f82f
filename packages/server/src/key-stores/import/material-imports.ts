import { copySecretBytes, Secret } from '@keyhaven/crypto';
import type { Keyring } from '../../domain-keys/keyring.ts';
import type { KeySpecRow, MaterialKind } from '../../keys/key-specs.ts';
import type { KeyAddress } from '../../keys/kms-key.ts';
import type { Row } from '../../storage/table.ts';
import type { materialFingerprintTable } from '../../storage/tables.ts';
import type { AsymmetricKeys } from '../asymmetric-keys.ts';
import type { NewMaterial } from '../port.ts';
import { Fingerprints } from './fingerprints.ts';
import { WrappingKeys } from './wrapping-keys.ts';

/** Key material on its way from a request into the store: sound for its key spec, in canonical form. */
export interface ImportedMaterial extends Disposable {
  readonly bytes: Secret;
  /** Of a private key: its public key, SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer | undefined;
}

type WrapMaterial = (
  address: KeyAddress,
  kind: MaterialKind,
  materialId: string,
  bytes: Buffer,
) => NewMaterial;

/** Takes key material in that was made elsewhere. */
export class MaterialImports {
  readonly wrappingKeys: WrappingKeys;
  readonly fingerprints: Fingerprints;
  readonly #pairs: AsymmetricKeys;
  readonly #wrapMaterial: WrapMaterial;

  /** `wrapMaterial` wraps the bytes as the key store wraps its own, and zeroises them. */
  constructor(keyring: Keyring, pairs: AsymmetricKeys, wrapMaterial: WrapMaterial) {
    this.wrappingKeys = new WrappingKeys(keyring, pairs);
    this.fingerprints = new Fingerprints(keyring);
    this.#pairs = pairs;
    this.#wrapMaterial = wrapMaterial;
  }

  /**
   * Undefined unless the bytes are key material of exactly this key spec: so many bytes, or a private key (PKCS#8, DER) of
   * its kind. The argument stays the caller's.
   */
  async read(spec: KeySpecRow, bytes: Secret): Promise<ImportedMaterial | undefined> {
    const { material } = spec;
    if (material.kind === 'bytes')
      return bytes.length === material.bytes
        ? imported(Secret.take(bytes.use(copySecretBytes)), undefined)
        : undefined;
    const copy = bytes.use(copySecretBytes);
    try {
      const pair = await this.#pairs.readPrivateKey(spec.name, copy);
      return pair === undefined ? undefined : imported(Secret.take(pair.privateKey), pair.publicKey);
    } finally {
      copy.fill(0);
    }
  }

  /** The id of the key material that these bytes are, among what the key has or had; every fingerprint is compared. */
  findKnown(
    fingerprints: readonly Row<typeof materialFingerprintTable>[],
    { bytes }: ImportedMaterial,
  ): string | undefined {
    let known: string | undefined;
    for (const row of fingerprints) if (this.fingerprints.matches(row, bytes)) known = row.material_id;
    return known;
  }

  /** Wraps it for its key under this id. */
  wrap(address: KeyAddress, spec: KeySpecRow, materialId: string, material: ImportedMaterial): NewMaterial {
    const kind = { spec, origin: 'EXTERNAL' };
    const bytes = material.bytes.use(copySecretBytes);
    return { ...this.#wrapMaterial(address, kind, materialId, bytes), publicKey: material.publicKey };
  }
}

function imported(bytes: Secret, publicKey: Buffer | undefined): ImportedMaterial {
  return {
    bytes,
    publicKey,
    [Symbol.dispose]: () => {
      bytes.dispose();
    },
  };
}
