import { generateKeyPairSync } from 'node:crypto';
import { copySecretBytes } from '../secret-memory.ts';
import type { KeyPair, KeyPairKind } from './key-pair-kind.ts';
import { OpenPrivateKey, OpenPublicKey } from './open-key.ts';
import { rsaesOaep } from './rsaes-oaep.ts';
import { readRsaPrivateKey } from './rsa-private-key.ts';
import { rsassa } from './rsassa.ts';

/**
 * RSA (RFC 8017) with a modulus of `modulusBits`: RSASSA-PSS and RSASSA-PKCS1-v1_5 with SHA-256, SHA-384 and SHA-512,
 * RSAES-OAEP with SHA-1 and SHA-256.
 */
function rsa(modulusBits: number): KeyPairKind {
  const modulusBytes = modulusBits / 8;
  const kind: KeyPairKind = {
    isSlowToGenerate: true,
    generate: () => generate(modulusBits),
    readPrivateKey: (pkcs8) => readRsaPrivateKey(pkcs8, modulusBits),
    openPrivateKey: (pkcs8) => new OpenPrivateKey(kind, pkcs8),
    openPublicKey: (spki) => new OpenPublicKey(kind, spki),
    signing: rsassa(modulusBytes),
    encryption: rsaesOaep(modulusBytes),
    agreement: new Map(),
    encapsulation: new Map(),
  };
  return kind;
}

function generate(modulusLength: number): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength,
    publicExponent: 65537,
    privateKeyEncoding: { format: 'der', type: 'pkcs8' },
    publicKeyEncoding: { format: 'der', type: 'spki' },
  });
  const own = copySecretBytes(privateKey);
  privateKey.fill(0);
  return { privateKey: own, publicKey };
}

export const rsa2048 = rsa(2048);
export const rsa3072 = rsa(3072);
export const rsa4096 = rsa(4096);
