import { isIP } from 'node:net';
import { randomHex, Secret } from '@keyhaven/crypto';
import type * as X509 from '@peculiar/x509';

const dayMs = 24 * 60 * 60 * 1000;

/** As long as a certificate of a public authority may last at most; some clients refuse any that lasts longer. */
const validDays = 397;

/** Clocks of clients may be a little behind. */
const backdatedMs = 5 * 60 * 1000;

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly privateKey: Secret;
  readonly notAfter: Date;
}

/** A self-signed ECDSA P-256 certificate for a server of these names and addresses, the first its subject (RFC 5280). */
export async function makeSelfSigned(names: readonly string[], now: number): Promise<SelfSigned> {
  const x509 = await loadX509();
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const notBefore = new Date(now - backdatedMs);
  const notAfter = new Date(notBefore.getTime() + validDays * dayMs);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Its first bits are 01: a serial number is positive, and DER writes it without zeros before it.
    serialNumber: `4${randomHex(16).slice(1)}`,
    name: [{ CN: [subjectOf(names)] }],
    notBefore,
    notAfter,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const privateKey = Secret.take(Buffer.from(`${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`));
  pkcs8.fill(0);
  return { certificate: `${certificate.toString('pem')}\n`, privateKey, notAfter };
}

/**
 * The names and addresses that the first certificate of a PEM text is for, without those with a wildcard.
 * Throws an Error for text that holds no certificate.
 */
export async function readCertificateNames(pem: string): Promise<readonly string[]> {
  const x509 = await loadX509();
  const [first] = x509.PemConverter.decodeWithHeaders(pem).filter(({ type }) => type === 'CERTIFICATE');
  if (first === undefined) throw new Error('it holds no certificate');
  const certificate = new x509.X509Certificate(first.rawData);
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  return names
    .filter(({ type, value }) => (type === 'dns' || type === 'ip') && !value.includes('*'))
    .map(({ value }) => value.toLowerCase());
}

/** The library is large and nothing else needs it; it wants the polyfill to be there before it. */
async function loadX509(): Promise<typeof X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** A common name has at most 64 characters (RFC 5280, appendix A); clients look at the alternative names only. */
function subjectOf([first = '']: readonly string[]): string {
  return first.length <= 64 ? first : 'Keyhaven';
}
