import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { copySecretBytes } from '../secret-memory.ts';
import { readEcPublicKey } from './ec-private-key.ts';
import type { EllipticCurve } from './elliptic-curve.ts';
import type { AgreementScheme } from './key-pair-kind.ts';
import { platformPrivateKey } from './open-key.ts';

/** ECC CDH (SP 800-56A revision 3, section 5.7.1.2): the raw X coordinate, no key derivation. */
export function ecdh(curve: EllipticCurve): AgreementScheme {
  return {
    agree(key, peerPublicKey) {
      const privateKey = platformPrivateKey(key);
      const publicKey = readPeer(curve, peerPublicKey);
      if (publicKey === undefined) return undefined;
      const secret = diffieHellman({ privateKey, publicKey });
      const own = copySecretBytes(secret);
      secret.fill(0);
      return own;
    },
  };
}

/** SP 800-56A revision 3, section 5.6.2.3.3. The cofactor is 1: a point of the curve that is not infinity has order n. */
function readPeer(curve: EllipticCurve, spki: Uint8Array): KeyObject | undefined {
  if (readEcPublicKey(spki, curve) === undefined) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    // OpenSSL takes only points of the curve.
    return undefined;
  }
}
