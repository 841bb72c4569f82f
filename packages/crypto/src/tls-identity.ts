import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** What a certificate says of itself, as far as its keeper must know it. Times in milliseconds since 1970. */
export interface CertificateFacts {
  /** On one line. */
  readonly subject: string;
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** What keeps a certificate and a private key from being served together. */
export type TlsIdentityFault =
  'no-certificate' | 'no-private-key' | 'encrypted-private-key' | 'key-of-another-certificate';

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** How an encrypted private key begins: PKCS #8 (RFC 7468, section 11), and the older form of RFC 1421. */
const encryptedKeyMarks = ['-----BEGIN ENCRYPTED PRIVATE KEY-----', 'Proc-Type: 4,ENCRYPTED'];

/** Every certificate in a PEM text, in its order (RFC 7468). Empty where there is none, or where one is damaged. */
export function readCertificates(pem: Buffer): readonly CertificateFacts[] {
  const blocks = pem.toString('latin1').match(pemCertificate) ?? [];
  try {
    return blocks.map((block) => describeCertificate(new X509Certificate(block)));
  } catch {
    return [];
  }
}

/** Whether the private key belongs to the first certificate of the PEM text; undefined where it does. */
export function findTlsIdentityFault(
  certificatePem: Buffer,
  privateKeyPem: Buffer,
): TlsIdentityFault | undefined {
  if (readCertificates(certificatePem).length === 0) return 'no-certificate';
  const key = readPrivateKey(privateKeyPem);
  if (typeof key === 'string') return key;
  const isPair = new X509Certificate(certificatePem).checkPrivateKey(key);
  return isPair ? undefined : 'key-of-another-certificate';
}

function readPrivateKey(pem: Buffer): KeyObject | 'no-private-key' | 'encrypted-private-key' {
  if (encryptedKeyMarks.some((mark) => pem.includes(mark))) return 'encrypted-private-key';
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says of a key is not passed on: none of it may be of the key.
    return 'no-private-key';
  }
}

function describeCertificate(certificate: X509Certificate): CertificateFacts {
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    validFromMs: certificate.validFromDate.getTime(),
    validToMs: certificate.validToDate.getTime(),
  };
}
