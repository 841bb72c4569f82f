import { weierstrass, type WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js';
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
  /** The largest private key. */
  readonly maxPrivateKey: bigint;
  /** Points in JavaScript, whose arithmetic takes times that depend on the numbers. */
  readonly Point: WeierstrassPointCons<bigint>;
}

const ecPublicKey = '06072a8648ce3d0201';

function curve(
  platformName: string,
  parameters: string,
  bytes: number,
  Point: WeierstrassPointCons<bigint>,
): EllipticCurve {
  const order = Point.CURVE().n;
  return {
    platformName,
    algorithm: Buffer.from(ecPublicKey + parameters, 'hex'),
    parameters: Buffer.from(parameters, 'hex'),
    bytes,
    order,
    maxPrivateKey: order - 1n,
    Point,
  };
}

export const curveP256 = curve('prime256v1', '06082a8648ce3d030107', 32, p256.Point);
export const curveP384 = curve('secp384r1', '06052b81040022', 48, p384.Point);
export const curveP521 = curve('secp521r1', '06052b81040023', 66, p521.Point);
export const curveSecp256k1 = curve('secp256k1', '06052b8104000a', 32, secp256k1.Point);

/** GB/T 32918.5, section 2. */
const sm2Point = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});
const sm2Curve = curve('SM2', '06082a811ccf5501822d', 32, sm2Point);
/** GB/T 32918.1, section 6.1: signatures divide by 1 + d. */
export const curveSm2: EllipticCurve = { ...sm2Curve, maxPrivateKey: sm2Curve.order - 2n };
