import { createPrivateKey, sign, verify } from 'node:crypto';
import { cborArray, cborBytes, cborText } from './cbor-writer.ts';
import { findChainCertificate } from './chain-certificate.ts';

/** The parts of a COSE_Sign1 that its signature is about (RFC 9052, section 4.2). */
export interface SignedParts {
  /** The protected header, as encoded. */
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
}

/** ECDSA with SHA-384: r and s, 48 bytes each (RFC 9053, section 2.1). */
const signatureBytes = 96;

/** Whether the key of the certificate (DER, P-384) made the signature with ES384. False for any other certificate. */
export function verifyCoseSignature(
  parts: SignedParts,
  signature: Uint8Array,
  certificate: Uint8Array,
): boolean {
  const publicKey = findChainCertificate(certificate)?.publicKey;
  if (publicKey === undefined || signature.length !== signatureBytes) return false;
  return verify('sha384', signatureInput(parts), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

/** Signs with ES384. `privateKey`: PKCS #8, DER, P-384; the caller's to zeroise. Throws an Error for any other. */
export function signCose(parts: SignedParts, privateKey: Buffer): Buffer {
  const key = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' });
  if (key.asymmetricKeyDetails?.namedCurve !== 'secp384r1') throw new Error('ES384 takes a P-384 key');
  return sign('sha384', signatureInput(parts), { key, dsaEncoding: 'ieee-p1363' });
}

/** Sig_structure of COSE_Sign1 (RFC 9052, section 4.4), without external data. */
function signatureInput({ protectedHeader, payload }: SignedParts): Buffer {
  return cborArray(
    cborText('Signature1'),
    cborBytes(protectedHeader),
    cborBytes(Buffer.alloc(0)),
    cborBytes(payload),
  );
}
