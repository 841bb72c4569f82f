import { decapsulate, encapsulate } from 'node:crypto';
import { copySecretBytes } from '../secret-memory.ts';
import type { EncapsulationScheme, KeyPairKind } from './key-pair-kind.ts';
import { OpenPrivateKey, OpenPublicKey, platformPrivateKey, platformPublicKey } from './open-key.ts';
import { generateFromSeed, readSeedKeyPair } from './seed-key-pair.ts';

/** d and z of FIPS 203, algorithm 19. */
const seedBytes = 64;

/** ML-KEM (FIPS 203), all OpenSSL's. `oid` is the last arc of its object identifier (RFC 9935, section 3). */
function mlKem(oid: number, expandedBytes: number, ciphertextBytes: number): KeyPairKind {
  const algorithm = Buffer.from([0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, oid]);
  const format = { algorithm, seedBytes, expandedBytes };
  const kind: KeyPairKind = {
    isSlowToGenerate: false,
    generate: () => generateFromSeed(format),
    readPrivateKey: (pkcs8) => readSeedKeyPair(pkcs8, format),
    openPrivateKey: (pkcs8) => new OpenPrivateKey(kind, pkcs8),
    openPublicKey: (spki) => new OpenPublicKey(kind, spki),
    signing: new Map(),
    encryption: new Map(),
    agreement: new Map(),
    encapsulation: new Map([['ML_KEM', encapsulation(ciphertextBytes)]]),
  };
  return kind;
}

function encapsulation(ciphertextBytes: number): EncapsulationScheme {
  return {
    ciphertextBytes,
    encapsulate(key) {
      const { sharedKey, ciphertext } = encapsulate(platformPublicKey(key));
      return { sharedSecret: moveSecret(sharedKey), ciphertext };
    },
    decapsulate(key, ciphertext) {
      const privateKey = platformPrivateKey(key);
      if (ciphertext.length !== ciphertextBytes) return undefined;
      return moveSecret(decapsulate(privateKey, ciphertext));
    },
  };
}

function moveSecret(bytes: Buffer): Buffer {
  const own = copySecretBytes(bytes);
  bytes.fill(0);
  return own;
}

export const mlKem512 = mlKem(0x01, 1632, 768);
export const mlKem768 = mlKem(0x02, 2400, 1088);
export const mlKem1024 = mlKem(0x03, 3168, 1568);
