import { type KeyObject, X509Certificate } from 'node:crypto';
import { type CertificateExtensions, readCertificateExtensions } from './certificate-extensions.ts';

/** A certificate of the chain of an attestation document: of a P-384 key, and signed with ECDSA and SHA-384. */
export interface ChainCertificate {
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  readonly extensions: CertificateExtensions;
}

/** ecdsa-with-SHA384 (RFC 5758, section 3.2). */
const ecdsaWithSha384 = '2a8648ce3d040303';

/** Reads a certificate (DER, nothing after it); undefined for any other, and for one of another algorithm. */
export function findChainCertificate(der: Uint8Array): ChainCertificate | undefined {
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  const extensions = readCertificateExtensions(bytes);
  if (extensions?.signatureAlgorithm !== ecdsaWithSha384) return undefined;
  try {
    const x509 = new X509Certificate(bytes);
    const { publicKey } = x509;
    const isP384 = publicKey.asymmetricKeyDetails?.namedCurve === 'secp384r1';
    // OpenSSL reads BER too; what it would write itself is DER.
    return isP384 && x509.raw.equals(bytes) ? { x509, publicKey, extensions } : undefined;
  } catch {
    // Whatever OpenSSL says of it, it is no certificate.
    return undefined;
  }
}
