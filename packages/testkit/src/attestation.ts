import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { type AttestationContents, makeAttestationDocument } from '@keyhaven/crypto';

/** A certificate of a test, with its private key. */
export interface TestCertificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly keys: { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };
  /** The private key, DER. */
  readonly pkcs8: Buffer;
  readonly x509: x509.X509Certificate;
}

/** What a certificate says, so that a test can break any rule about it. */
export interface TestCertificateOptions {
  readonly name: string;
  /** Left out: it signs itself. */
  readonly issuer?: TestCertificate;
  /** Whom it calls its issuer, where that is not its name. */
  readonly issuerName?: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** basicConstraints; `undefined` leaves the extension out. */
  readonly isCa: boolean | undefined;
  readonly pathLength?: number;
  /** `undefined` leaves the extension out. */
  readonly keyUsage: x509.KeyUsageFlags | undefined;
  readonly curve?: 'P-256' | 'P-384';
  readonly hash?: 'SHA-256' | 'SHA-384';
  readonly extensions?: readonly x509.Extension[];
}

const hour = 60 * 60 * 1000;
export const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;

export async function makeCertificate(options: TestCertificateOptions): Promise<TestCertificate> {
  const { name, issuer, issuerName, notBefore, notAfter, curve = 'P-384', hash = 'SHA-384' } = options;
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, [
    'sign',
    'verify',
  ]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: issuerName === undefined ? (issuer?.x509.subject ?? `CN=${name}`) : `CN=${issuerName}`,
    notBefore,
    notAfter,
    signingAlgorithm: { name: 'ECDSA', hash },
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    extensions: extensionsOf(options),
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const der = Buffer.from(certificate.rawData);
  return { der, pem: `${certificate.toString('pem')}\n`, keys, pkcs8, x509: certificate };
}

function extensionsOf({
  isCa,
  pathLength,
  keyUsage,
  extensions = [],
}: TestCertificateOptions): x509.Extension[] {
  return [
    ...(isCa === undefined ? [] : [new x509.BasicConstraintsExtension(isCa, pathLength, true)]),
    ...(keyUsage === undefined ? [] : [new x509.KeyUsagesExtension(keyUsage, true)]),
    ...extensions,
  ];
}

/** A chain as the Nitro hypervisor has one: a root, an authority below it, and the certificate that signs. */
export interface AttestationPki {
  readonly root: TestCertificate;
  readonly authority: TestCertificate;
  readonly leaf: TestCertificate;
}

/** What one of the three says instead of what it should. */
export type PkiChanges = Readonly<Partial<Record<keyof AttestationPki, Partial<TestCertificateOptions>>>> & {
  readonly under?: TestCertificate;
};

/** Makes such a chain, valid for an hour on either side of `now` (milliseconds since 1970). */
export async function makeAttestationPki(now: number, changes: PkiChanges = {}): Promise<AttestationPki> {
  const valid = { notBefore: new Date(now - hour), notAfter: new Date(now + hour) };
  const ca = { ...valid, isCa: true, keyUsage: keyCertSign };
  const root = changes.under ?? (await makeCertificate({ name: 'test root', ...ca, ...changes.root }));
  const authority = await makeCertificate({
    name: 'test authority',
    issuer: root,
    ...ca,
    pathLength: 0,
    ...changes.authority,
  });
  const leaf = await makeCertificate({
    name: 'test hypervisor',
    issuer: authority,
    ...valid,
    isCa: false,
    keyUsage: digitalSignature,
    ...changes.leaf,
  });
  return { root, authority, leaf };
}

/** An attestation document of that chain. */
export function makeTestDocument(
  { root, authority, leaf }: AttestationPki,
  contents: Partial<AttestationContents>,
): Buffer {
  return makeAttestationDocument(
    {
      moduleId: 'i-0123456789abcdef0-enc0123456789abcdef',
      timestamp: leaf.x509.notBefore.getTime(),
      registers: 'pcrs',
      pcrs: new Map([[0, testPcr(0xa0)]]),
      ...contents,
    },
    { certificate: leaf.der, cabundle: [root.der, authority.der] },
    leaf.pkcs8,
  );
}

/** The value of a register: 48 bytes of that number. */
export function testPcr(byte: number): Buffer {
  return Buffer.alloc(48, byte);
}
