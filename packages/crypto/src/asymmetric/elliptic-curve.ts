import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';

/** A curve over a prime field, with a cofactor of 1 (SEC 1, section 3.1.1). */
export interface EllipticCurve {
  /** OpenSSL's name. */
  readonly platformName: string;
  /** The contents of an AlgorithmIdentifier that names it: id-ecPublicKey and the curve (RFC 5480, section 2.1). */
  readonly algorithm: Buffer;
  /** The same, as the parameters of an ECPrivateKey: the curve's OBJECT IDENTIFIER. */
  readonly parameters: Buffer;
  /** How many bytes a coordinate has, and a private key (RFC 5915, section 3). */
  readonly bytes: number;
  /** n, the order of the base point. */
  readonly order: bigint;
  /** Its arithmetic in JavaScript, in no constant time: for public values only. */
  readonly arithmetic: ECDSA;
}

const ecPublicKey = '06072a8648ce3d0201';

function curve(platformName: string, parameters: string, bytes: number, arithmetic: ECDSA): EllipticCurve {
  return {
    platformName,
    algorithm: Buffer.from(ecPublicKey + parameters, 'hex'),
    parameters: Buffer.from(parameters, 'hex'),
    bytes,
    order: arithmetic.Point.Fn.ORDER,
    arithmetic,
  };
}

export const curveP256 = curve('prime256v1', '06082a8648ce3d030107', 32, p256);
export const curveP384 = curve('secp384r1', '06052b81040022', 48, p384);
export const curveP521 = curve('secp521r1', '06052b81040023', 66, p521);
export const curveSecp256k1 = curve('secp256k1', '06052b8104000a', 32, secp256k1);
