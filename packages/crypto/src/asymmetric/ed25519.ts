import { sign, verify } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { Secret } from '../secret.ts';
import { readDer } from '../der/der-reader.ts';
import { derTag } from '../der/der-tags.ts';
import { derOctetString } from '../der/der-writer.ts';
import { encodePkcs8, encodeSpki, readPkcs8, readSpki } from './key-encodings.ts';
import type { KeyPair, KeyPairKind, SigningScheme } from './key-pair-kind.ts';
import {
  computePublicKey,
  exportSpki,
  OpenPrivateKey,
  OpenPublicKey,
  platformPrivateKey,
  platformPublicKey,
  usePkcs8,
} from './open-key.ts';

/** id-Ed25519, without parameters (RFC 8410, section 3). */
const idEd25519 = Buffer.from('06032b6570', 'hex');
const seedBytes = 32;
const signatureBytes = 64;
const digestBytes = 64;

/** Ed25519 (RFC 8032, section 5.1), all OpenSSL's. */
const pure: SigningScheme = {
  messageTypes: new Map([['RAW', undefined]]),
  sign(key, messageType, message) {
    assertMessageType(messageType, 'RAW');
    return sign(null, message, platformPrivateKey(key));
  },
  verify(key, messageType, message, signature) {
    assertMessageType(messageType, 'RAW');
    return verify(null, message, platformPublicKey(key), signature);
  },
};

/**
 * Ed25519ph (RFC 8032, section 5.1) with an empty context over the 64 bytes as the message: what AWS takes as a digest is
 * hashed once more. The platform has no call for it, so the private key passes through JavaScript's heap here, and through
 * arithmetic that is not promised to take constant time.
 */
const prehashed: SigningScheme = {
  messageTypes: new Map([['DIGEST', digestBytes]]),
  sign(key, messageType, message) {
    assertDigest(messageType, message);
    return usePkcs8(key, (pkcs8) => {
      const seed = readSeed(pkcs8)?.seed;
      if (seed === undefined) throw new Error('The private key is of another kind');
      return Buffer.from(ed25519ph.sign(message, seed));
    });
  },
  verify(key, messageType, message, signature) {
    assertDigest(messageType, message);
    const publicKey = readSpki(exportSpki(key), idEd25519);
    if (publicKey === undefined) throw new Error('The public key is of another kind');
    if (signature.length !== signatureBytes) return false;
    // RFC 8032's encodings of points only, and no key of small order: not the lenient rule of some ledgers (ZIP 215).
    return ed25519ph.verify(signature, message, publicKey, { zip215: false });
  },
};

function assertMessageType(messageType: string, expected: string): void {
  if (messageType !== expected) throw new RangeError(`Not a message type of this signature: ${messageType}`);
}

function assertDigest(messageType: string, message: Uint8Array): void {
  assertMessageType(messageType, 'DIGEST');
  if (message.length !== digestBytes) throw new RangeError(`The digest does not have ${digestBytes} bytes`);
}

/** CurvePrivateKey (RFC 8410, section 7) and the public key beside it, as views. */
function readSeed(pkcs8: Uint8Array): { seed: Uint8Array; publicKey: Uint8Array | undefined } | undefined {
  const info = readPkcs8(pkcs8, idEd25519);
  const seed = info && readDer(info.privateKey, (reader) => reader.contents(derTag.octetString));
  return seed?.length === seedBytes ? { seed, publicKey: info?.publicKey } : undefined;
}

function makeKeyPair(seed: Uint8Array): KeyPair {
  const privateKey = encodePkcs8(idEd25519, [derOctetString(seed)]);
  const publicKey = computePublicKey(privateKey);
  if (publicKey === undefined) throw new Error('OpenSSL refused a seed');
  return { privateKey, publicKey };
}

function generate(): KeyPair {
  using seed = Secret.random(seedBytes);
  return seed.use(makeKeyPair);
}

function readPrivateKey(pkcs8: Uint8Array): KeyPair | undefined {
  const key = readSeed(pkcs8);
  if (key === undefined) return undefined;
  const pair = makeKeyPair(key.seed);
  if (key.publicKey === undefined || encodeSpki(idEd25519, key.publicKey).equals(pair.publicKey)) return pair;
  pair.privateKey.fill(0);
  return undefined;
}

export const eccNistEdwards25519: KeyPairKind = {
  isSlowToGenerate: false,
  generate,
  readPrivateKey,
  openPrivateKey: (pkcs8) => new OpenPrivateKey(eccNistEdwards25519, pkcs8),
  openPublicKey: (spki) => new OpenPublicKey(eccNistEdwards25519, spki),
  signing: new Map([
    ['ED25519_SHA_512', pure],
    ['ED25519_PH_SHA_512', prehashed],
  ]),
  encryption: new Map(),
  agreement: new Map(),
  encapsulation: new Map(),
};
