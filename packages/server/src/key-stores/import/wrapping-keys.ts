import { copySecretBytes, randomBytes, Secret, secretMemory } from '@keyhaven/crypto';
import { type Keyring, regionScope } from '../../domain-keys/keyring.ts';
import { importParametersBinding } from '../../keys/import-bindings.ts';
import type { KeySpecRow } from '../../keys/key-specs.ts';
import type { ImportParametersRow } from '../../keys/kms-key.ts';
import type { AsymmetricKeys } from '../asymmetric-keys.ts';
import type { FoundParameters, ImportParameters, NewParametersRow } from '../port.ts';
import { isTokenOf, makeImportToken, readImportToken } from './import-token.ts';

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
    own: Omit<NewParametersRow, 'wrapped'>,
    wrappingKeySpec: KeySpecRow,
    keyArn: string,
  ): Promise<ImportParameters> {
    const { privateKey, publicKey } = await this.#pairs.keyPairs.generate(wrappingKeySpec, own.account_id);
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

  /** The parameters among those of a key that the token was made with. */
  find(
    parameters: readonly ImportParametersRow[],
    bytes: Buffer,
    keyArn: string,
    now: number,
  ): FoundParameters {
    const token = readImportToken(bytes);
    if (token === undefined) return { kind: 'unknown' };
    const row = parameters.find(({ id }) => id === token.parametersId);
    // What has expired is removed in time, and then only the token itself tells of it.
    if (row === undefined) return { kind: token.expiresAt <= now ? 'expired' : 'unknown' };
    using both = this.#open(row);
    const isOurs = both.use((open) => isTokenOf(open.subarray(0, tokenKeyBytes), token, row, keyArn));
    if (!isOurs) return { kind: 'unknown' };
    return row.expires_at <= now ? { kind: 'expired' } : { kind: 'found', row };
  }

  async unwrap(row: NewParametersRow, wrapped: Uint8Array): Promise<Secret | undefined> {
    using both = this.#open(row);
    const privateKey = both.use((bytes) => copySecretBytes(bytes.subarray(tokenKeyBytes)));
    try {
      const { wrapping_key_spec, wrapping_algorithm } = row;
      const bytes = await this.#pairs.unwrapImport(
        wrapping_key_spec,
        privateKey,
        wrapping_algorithm,
        wrapped,
        row.account_id,
      );
      return bytes === undefined ? undefined : Secret.take(bytes);
    } finally {
      privateKey.fill(0);
    }
  }

  /** Throws UnwrapError unless it was wrapped for exactly this row. */
  #open(row: NewParametersRow): Secret {
    const binding = importParametersBinding(this.#keyring.installationId, row);
    return this.#keyring.unwrap(regionScope(row.region), binding, row.wrapped);
  }
}
