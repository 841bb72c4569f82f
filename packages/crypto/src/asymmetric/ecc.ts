import { generateEcKey, readEcPrivateKey } from './ec-private-key.ts';
import { ecdh } from './ecdh.ts';
import { ecdsa } from './ecdsa.ts';
import { curveP256, curveP384, curveP521, curveSecp256k1, type EllipticCurve } from './elliptic-curve.ts';
import type { AgreementScheme, KeyPairKind, SigningScheme } from './key-pair-kind.ts';
import { sha256Hash, sha384Hash, sha512Hash } from './message-digest.ts';
import { OpenPrivateKey, OpenPublicKey } from './open-key.ts';

/** Key pairs of one curve, with the algorithms that use them. */
function ecc(
  curve: EllipticCurve,
  signing: ReadonlyMap<string, SigningScheme>,
  agreement: ReadonlyMap<string, AgreementScheme>,
): KeyPairKind {
  const kind: KeyPairKind = {
    isSlowToGenerate: false,
    generate: () => generateEcKey(curve),
    readPrivateKey: (pkcs8) => readEcPrivateKey(pkcs8, curve),
    openPrivateKey: (pkcs8) => new OpenPrivateKey(kind, pkcs8),
    openPublicKey: (spki) => new OpenPublicKey(kind, spki),
    signing,
    encryption: new Map(),
    agreement,
    encapsulation: new Map(),
  };
  return kind;
}

export const eccNistP256 = ecc(
  curveP256,
  new Map([['ECDSA_SHA_256', ecdsa(curveP256, sha256Hash)]]),
  new Map([['ECDH', ecdh(curveP256)]]),
);
export const eccNistP384 = ecc(
  curveP384,
  new Map([['ECDSA_SHA_384', ecdsa(curveP384, sha384Hash)]]),
  new Map([['ECDH', ecdh(curveP384)]]),
);
export const eccNistP521 = ecc(
  curveP521,
  new Map([['ECDSA_SHA_512', ecdsa(curveP521, sha512Hash)]]),
  new Map([['ECDH', ecdh(curveP521)]]),
);
export const eccSecgP256k1 = ecc(
  curveSecp256k1,
  new Map([['ECDSA_SHA_256', ecdsa(curveSecp256k1, sha256Hash)]]),
  new Map(),
);
