import { generateEcKey, readEcPrivateKey, readEcPublicKey, useEcKey } from './ec-private-key.ts';
import { curveSm2 } from './elliptic-curve.ts';
import type { AgreementScheme, KeyPairKind } from './key-pair-kind.ts';
import { OpenPrivateKey, OpenPublicKey } from './open-key.ts';
import { sm2pke } from './sm2-encryption.ts';
import { multiplySm2Point } from './sm2-point.ts';
import { sm2dsa } from './sm2-signature.ts';

/** The raw X coordinate, as with the other curves; not the key exchange of GB/T 32918.3. */
const ecdh: AgreementScheme = {
  agree(key, peerPublicKey) {
    const peer = readEcPublicKey(peerPublicKey, curveSm2);
    const shared = useEcKey(key, curveSm2, (scalar) => peer && multiplySm2Point(peer, scalar));
    shared?.y.fill(0);
    return shared?.x;
  },
};

/** SM2 (GB/T 32918), with SM3 (GB/T 32905) where a hash is needed. */
export const sm2: KeyPairKind = {
  isSlowToGenerate: false,
  generate: () => generateEcKey(curveSm2),
  readPrivateKey: (pkcs8) => readEcPrivateKey(pkcs8, curveSm2),
  openPrivateKey: (pkcs8) => new OpenPrivateKey(sm2, pkcs8),
  openPublicKey: (spki) => new OpenPublicKey(sm2, spki),
  signing: new Map([['SM2DSA', sm2dsa]]),
  encryption: new Map([['SM2PKE', sm2pke]]),
  agreement: new Map([['ECDH', ecdh]]),
  encapsulation: new Map(),
};
