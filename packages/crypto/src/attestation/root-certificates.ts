import { X509Certificate } from 'node:crypto';
import { findChainCertificate } from './chain-certificate.ts';

/** A certificate that attestation documents may lead to. Times in milliseconds since 1970. */
export interface RootFacts {
  readonly der: Buffer;
  /** On one line. */
  readonly subject: string;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** Whether it is of an authority whose key is P-384 and may sign certificates: others vouch for no document. */
  readonly isAuthority: boolean;
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Every certificate in a PEM text (RFC 7468). Empty where there is none, or where one is damaged. */
export function readAttestationRoots(pem: string): readonly RootFacts[] {
  try {
    return (pem.match(pemCertificate) ?? []).map((block) => describeRoot(new X509Certificate(block)));
  } catch {
    // A bundle is not taken in part.
    return [];
  }
}

function describeRoot(x509: X509Certificate): RootFacts {
  const extensions = findChainCertificate(x509.raw)?.extensions;
  return {
    der: x509.raw,
    subject: x509.subject.replaceAll('\n', ', '),
    validFromMs: x509.validFromDate.getTime(),
    validToMs: x509.validToDate.getTime(),
    isAuthority:
      extensions !== undefined &&
      extensions.isCa &&
      extensions.maySignCertificates &&
      !extensions.hasUnknownCritical,
  };
}
