import { sign, verify } from 'node:crypto';
import { type DSA, ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { randomBytes } from '../random.ts';
import { readSpki } from './key-encodings.ts';
import type { KeyPairKind, MessageType, SigningScheme } from './key-pair-kind.ts';
import {
  exportSpki,
  OpenPrivateKey,
  OpenPublicKey,
  platformPrivateKey,
  platformPublicKey,
} from './open-key.ts';
import { generateFromSeed, readSeedKeyPair, type SeedKeyFormat, useSeedKey } from './seed-key-pair.ts';

const seedBytes = 32;
const muBytes = 64;
/** rnd of FIPS 204, algorithm 2. */
const hedgeBytes = 32;

/**
 * ML-DSA (FIPS 204), hedged, with an empty context. `oid` is the last arc of its object identifier (RFC 9881, section 2).
 */
function mlDsa(oid: number, expandedBytes: number, signatureBytes: number, javascript: DSA): KeyPairKind {
  const algorithm = Buffer.from([0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, oid]);
  const format = { algorithm, seedBytes, expandedBytes };
  const kind: KeyPairKind = {
    isSlowToGenerate: false,
    generate: () => generateFromSeed(format),
    readPrivateKey: (pkcs8) => readSeedKeyPair(pkcs8, format),
    openPrivateKey: (pkcs8) => new OpenPrivateKey(kind, pkcs8),
    openPublicKey: (spki) => new OpenPublicKey(kind, spki),
    signing: new Map([['ML_DSA_SHAKE_256', mlDsaShake256(format, signatureBytes, javascript)]]),
    encryption: new Map(),
    agreement: new Map(),
    encapsulation: new Map(),
  };
  return kind;
}

/** Messages are OpenSSL's; it has no way in for an external mu, which the library signs and verifies. */
function mlDsaShake256(format: SeedKeyFormat, signatureBytes: number, javascript: DSA): SigningScheme {
  return {
    messageTypes: new Map<MessageType, number | undefined>([
      ['RAW', undefined],
      ['EXTERNAL_MU', muBytes],
    ]),
    sign(key, messageType, message) {
      if (messageType === 'RAW') return sign(null, message, platformPrivateKey(key));
      assertMu(messageType, message);
      return useSeedKey(key, format, ({ seed, expandedKey }) => {
        const secretKey = seed === undefined ? expandedKey : javascript.keygen(seed).secretKey;
        if (secretKey === undefined) throw new Error('The private key is empty');
        const options = { externalMu: true, extraEntropy: randomBytes(hedgeBytes) };
        const signature = javascript.internal.sign(message, secretKey, options);
        secretKey.fill(0);
        return Buffer.from(signature);
      });
    },
    verify(key, messageType, message, signature) {
      if (messageType === 'RAW') return verify(null, message, platformPublicKey(key), signature);
      assertMu(messageType, message);
      const publicKey = readSpki(exportSpki(key), format.algorithm);
      if (publicKey === undefined) throw new Error('The public key is of another kind');
      if (signature.length !== signatureBytes) return false;
      return javascript.internal.verify(signature, message, publicKey, { externalMu: true });
    },
  };
}

function assertMu(messageType: MessageType, mu: Uint8Array): void {
  if (messageType !== 'EXTERNAL_MU')
    throw new RangeError(`Not a message type of this signature: ${messageType}`);
  if (mu.length !== muBytes) throw new RangeError(`mu does not have ${muBytes} bytes`);
}

export const mlDsa44 = mlDsa(0x11, 2560, 2420, ml_dsa44);
export const mlDsa65 = mlDsa(0x12, 4032, 3309, ml_dsa65);
export const mlDsa87 = mlDsa(0x13, 4896, 4627, ml_dsa87);
