import { copySecretBytes, Secret } from '@keyhaven/crypto';
import type { Keyring } from '../../domain-keys/keyring.ts';
import type { KeySpecRow, MaterialKind } from '../../keys/key-specs.ts';
import type { FingerprintRow } from '../../keys/import-bindings.ts';
import type { ImportParametersRow, KeyAddress, StoredFingerprint } from '../../keys/kms-key.ts';
import type { AsymmetricKeys } from '../asymmetric-keys.ts';
import type {
  FoundParameters,
  ImportedMaterial,
  ImportParameters,
  MaterialImporter,
  NewMaterial,
  NewParametersRow,
} from '../port.ts';
import { Fingerprints } from './fingerprints.ts';
import { WrappingKeys } from './wrapping-keys.ts';

type WrapMaterial = (
  address: KeyAddress,
  kind: MaterialKind,
  materialId: string,
  bytes: Buffer,
) => NewMaterial;

/** Takes key material in for the software key store. Wrapping keys are used in the threads that use all private keys. */
export class MaterialImports implements MaterialImporter {
  readonly #wrappingKeys: WrappingKeys;
  readonly #fingerprints: Fingerprints;
  readonly #pairs: AsymmetricKeys;
  readonly #wrapMaterial: WrapMaterial;

  /** `wrapMaterial` wraps the bytes as the key store wraps its own, and zeroises them. */
  constructor(keyring: Keyring, pairs: AsymmetricKeys, wrapMaterial: WrapMaterial) {
    this.#wrappingKeys = new WrappingKeys(keyring, pairs);
    this.#fingerprints = new Fingerprints(keyring);
    this.#pairs = pairs;
    this.#wrapMaterial = wrapMaterial;
  }

  makeParameters(
    own: Omit<NewParametersRow, 'wrapped'>,
    wrappingKeySpec: KeySpecRow,
    keyArn: string,
  ): Promise<ImportParameters> {
    return this.#wrappingKeys.make(own, wrappingKeySpec, keyArn);
  }

  findParameters(
    parameters: readonly ImportParametersRow[],
    token: Buffer,
    keyArn: string,
    now: number,
  ): FoundParameters {
    return this.#wrappingKeys.find(parameters, token, keyArn, now);
  }

  unwrap(parameters: ImportParametersRow, wrapped: Uint8Array): Promise<Secret | undefined> {
    return this.#wrappingKeys.unwrap(parameters, wrapped);
  }

  async read(spec: KeySpecRow, bytes: Secret, accountId: string): Promise<ImportedMaterial | undefined> {
    const { material } = spec;
    if (material.kind === 'bytes') {
      if (bytes.length !== material.bytes) return undefined;
      return imported(bytes.use(copySecretBytes), undefined);
    }
    const copy = bytes.use(copySecretBytes);
    try {
      const pair = await this.#pairs.readPrivateKey(spec.name, copy, accountId);
      return pair === undefined ? undefined : imported(pair.privateKey, pair.publicKey);
    } finally {
      copy.fill(0);
    }
  }

  findKnown(fingerprints: readonly StoredFingerprint[], { bytes }: ImportedMaterial): string | undefined {
    let known: string | undefined;
    for (const row of fingerprints) if (this.#fingerprints.matches(row, bytes)) known = row.material_id;
    return known;
  }

  wrap(address: KeyAddress, spec: KeySpecRow, materialId: string, material: ImportedMaterial): NewMaterial {
    const kind = { spec, origin: 'EXTERNAL' };
    const bytes = material.bytes.use(copySecretBytes);
    return { ...this.#wrapMaterial(address, kind, materialId, bytes), publicKey: material.publicKey };
  }

  fingerprint(own: Omit<FingerprintRow, 'wrapped'>, { bytes }: ImportedMaterial): FingerprintRow {
    return this.#fingerprints.make(own, bytes);
  }
}

/** Zeroises its argument. */
function imported(bytes: Buffer, publicKey: Buffer | undefined): ImportedMaterial {
  const secret = Secret.take(bytes);
  return {
    bytes: secret,
    publicKey,
    [Symbol.dispose]: () => {
      secret.dispose();
    },
  };
}
