import { copySecretBytes, randomBytes, Secret, secretMemory } from '@keyhaven/crypto';
import { type Keyring, regionScope } from '../../domain-keys/keyring.ts';
import { importParametersBinding } from '../../keys/import-bindings.ts';
import type { KeySpecRow } from '../../keys/key-specs.ts';
import type { NewRow } from '../../storage/table.ts';
import type { importParametersTable } from '../../storage/tables.ts';
import type { AsymmetricKeys } from '../asymmetric-keys.ts';
import { type ImportToken, isTokenOf, makeImportToken } from './import-token.ts';

type ParametersRow = NewRow<typeof importParametersTable>;

/** What GetParametersForImport hands out, and the row that remembers it. */
export interface ImportParameters {
  readonly row: ParametersRow;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  readonly token: Buffer;
}

const tokenKeyBytes = 32;

/**
 * The key pairs that key material is wrapped under on its way here. A row holds, wrapped, the key of its token and behind
 * it the private key in PKCS#8.
 */
export class WrappingKeys {
  readonly #keyring: Keyring;
  readonly #pairs: AsymmetricKeys;

  constructor(keyring: Keyring, pairs: AsymmetricKeys) {
    this.#keyring = keyring;
    this.#pairs = pairs;
  }

  /** A fresh key pair and its token, for one key. */
  async make(
    own: Omit<ParametersRow, 'wrapped'>,
    wrappingKeySpec: KeySpecRow,
    keyArn: string,
  ): Promise<ImportParameters> {
    const { privateKey, publicKey } = await this.#pairs.keyPairs.generate(wrappingKeySpec);
    const tokenKey = randomBytes(tokenKeyBytes);
    const both = secretMemory(tokenKeyBytes + privateKey.length);
    try {
      both.set(tokenKey);
      both.set(privateKey, tokenKeyBytes);
      const binding = importParametersBinding(this.#keyring.installationId, own);
      const wrapped = this.#keyring.wrap(regionScope(own.region), binding, both);
      return { row: { ...own, wrapped }, publicKey, token: makeImportToken(tokenKey, own, keyArn) };
    } finally {
      for (const secret of [privateKey, tokenKey, both]) secret.fill(0);
    }
  }

  isTokenOf(row: ParametersRow, token: ImportToken, keyArn: string): boolean {
    using both = this.#open(row);
    return both.use((bytes) => isTokenOf(bytes.subarray(0, tokenKeyBytes), token, row, keyArn));
  }

  /** The key material as it was before it was wrapped; undefined for everything that was not wrapped so. */
  async unwrap(row: ParametersRow, wrapped: Uint8Array): Promise<Secret | undefined> {
    using both = this.#open(row);
    const privateKey = both.use((bytes) => copySecretBytes(bytes.subarray(tokenKeyBytes)));
    try {
      const { wrapping_key_spec, wrapping_algorithm } = row;
      const bytes = await this.#pairs.unwrapImport(
        wrapping_key_spec,
        privateKey,
        wrapping_algorithm,
        wrapped,
      );
      return bytes === undefined ? undefined : Secret.take(bytes);
    } finally {
      privateKey.fill(0);
    }
  }

  /** Throws UnwrapError unless it was wrapped for exactly this row. */
  #open(row: ParametersRow): Secret {
    const binding = importParametersBinding(this.#keyring.installationId, row);
    return this.#keyring.unwrap(regionScope(row.region), binding, row.wrapped);
  }
}
