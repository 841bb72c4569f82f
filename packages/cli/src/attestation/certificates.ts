import { randomHex, Secret } from '@keyhaven/crypto';
import type * as X509 from '@peculiar/x509';

/** As AWS's own: ECDSA with P-384 and SHA-384 ("Attestation Document Validation", Nitro Enclaves attestation process). */
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-384' };
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-384' };

const dayMs = 24 * 60 * 60 * 1000;
const minuteMs = 60 * 1000;
/** Clocks of services may be a little behind. */
const backdatedMs = 5 * minuteMs;

/** An authority that vouches for attestation documents: what `keyhaven attestation root` makes. */
export interface TestRoot {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly privateKey: Secret;
  readonly notAfter: Date;
}

/** An authority as it was read from its files. */
export interface OpenedRoot {
  readonly certificate: X509.X509Certificate;
  readonly signingKey: CryptoKey;
}

/** The certificate of a key that signs one document. */
export interface Signer {
  /** DER. */
  readonly certificate: Buffer;
  /** DER, PKCS #8; the caller's to zeroise. */
  readonly privateKey: Buffer;
}

/** Makes a root of that name, valid for so many days from `now` (milliseconds since 1970) on. */
export async function makeTestRoot(name: string, validDays: number, now: number): Promise<TestRoot> {
  const x509 = await loadX509();
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const notAfter = new Date(now + validDays * dayMs);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    name: [{ CN: [name] }],
    notBefore: new Date(now - backdatedMs),
    notAfter,
    signingAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const privateKey = Secret.take(Buffer.from(`${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`));
  pkcs8.fill(0);
  return { certificate: `${certificate.toString('pem')}\n`, privateKey, notAfter };
}

/** Makes a key, and a certificate for it under the root, valid for so many minutes from `now` on. */
export async function makeSigner(
  { certificate: root, signingKey }: OpenedRoot,
  name: string,
  validMinutes: number,
  now: number,
): Promise<Signer> {
  const x509 = await loadX509();
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject: [{ CN: [name.slice(0, mostCommonNameCharacters)] }],
    issuer: root.subject,
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(now + validMinutes * minuteMs),
    signingAlgorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
    ],
  });
  const privateKey = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certificate: Buffer.from(certificate.rawData), privateKey };
}

/**
 * The certificate of a PEM text and the private key of another, or what keeps the two from being a root, as a clause about
 * one of them.
 */
export async function openRoot(
  certificatePem: string,
  privateKeyPem: Secret,
): Promise<OpenedRoot | { readonly fault: RootFault }> {
  const x509 = await loadX509();
  const certificate = findCertificate(x509, certificatePem);
  if (certificate?.getExtension(x509.BasicConstraintsExtension)?.ca !== true) return { fault: 'no root' };
  const signingKey = await findSigningKey(x509, privateKeyPem);
  if (signingKey === undefined) return { fault: 'no key' };
  const isPair = await isKeyOf(certificate, signingKey);
  return isPair ? { certificate, signingKey } : { fault: 'another key' };
}

export type RootFault = 'no root' | 'no key' | 'another key';

function findCertificate(x509: typeof X509, pem: string): X509.X509Certificate | undefined {
  try {
    const [first] = x509.PemConverter.decodeWithHeaders(pem).filter(({ type }) => type === 'CERTIFICATE');
    return first === undefined ? undefined : new x509.X509Certificate(first.rawData);
  } catch {
    // Whatever the library says of it, it is no certificate.
    return undefined;
  }
}

async function findSigningKey(x509: typeof X509, pem: Secret): Promise<CryptoKey | undefined> {
  try {
    const [first] = pem.use((bytes) =>
      x509.PemConverter.decodeWithHeaders(bytes.toString('latin1')).filter(
        ({ type }) => type === 'PRIVATE KEY',
      ),
    );
    if (first === undefined) return undefined;
    const key = await crypto.subtle.importKey('pkcs8', first.rawData, keyAlgorithm, false, ['sign']);
    new Uint8Array(first.rawData).fill(0);
    return key;
  } catch {
    // Nothing of what is said about a private key is passed on.
    return undefined;
  }
}

async function isKeyOf(certificate: X509.X509Certificate, signingKey: CryptoKey): Promise<boolean> {
  const challenge = new Uint8Array(32);
  const signature = await crypto.subtle.sign(signingAlgorithm, signingKey, challenge);
  try {
    const publicKey = await certificate.publicKey.export(keyAlgorithm, ['verify']);
    return await crypto.subtle.verify(signingAlgorithm, publicKey, signature, challenge);
  } catch {
    // The certificate is of a key that is not P-384.
    return false;
  }
}

/** RFC 5280, appendix A. */
const mostCommonNameCharacters = 64;

/** Its first bits are 01: a serial number is positive, and DER writes it without zeros before it. */
function newSerialNumber(): string {
  return `4${randomHex(16).slice(1)}`;
}

/** The library is large and nothing else needs it; it wants the polyfill to be there before it. */
async function loadX509(): Promise<typeof X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}
