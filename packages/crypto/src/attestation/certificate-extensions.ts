import { type DerReader, readDer } from '../der/der-reader.ts';
import { contextTag, derTag } from '../der/der-tags.ts';

/** What `node:crypto` does not tell of a certificate (RFC 5280, sections 4.1.1.2, 4.2.1.3 and 4.2.1.9). */
export interface CertificateExtensions {
  /** The contents of the OBJECT IDENTIFIER of the signature's algorithm, in hexadecimal. */
  readonly signatureAlgorithm: string;
  readonly isCa: boolean;
  /** How many certificates of authorities may follow; undefined where there is no limit. */
  readonly pathLength: number | undefined;
  readonly mayDigitallySign: boolean;
  readonly maySignCertificates: boolean;
  /** A critical extension that is not one of the two above: whoever does not know it must refuse (section 4.2). */
  readonly hasUnknownCritical: boolean;
}

/** `extensions [3] EXPLICIT`. */
const explicitExtensions = contextTag(3, 'constructed');

const basicConstraintsId = '551d13';
const keyUsageId = '551d0f';

interface Extension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** Reads a certificate (DER); undefined where it is not of the form of RFC 5280, section 4.1. */
export function readCertificateExtensions(certificate: Uint8Array): CertificateExtensions | undefined {
  return readDer(certificate, (reader) =>
    reader.inside(derTag.sequence, (parts) => {
      const extensions = parts.inside(derTag.sequence, readTbsCertificate);
      const signatureAlgorithm = parts.inside(derTag.sequence, readAlgorithm);
      parts.any();
      return {
        signatureAlgorithm,
        ...readBasicConstraints(extensions.get(basicConstraintsId), parts),
        ...readKeyUsage(extensions.get(keyUsageId), parts),
        hasUnknownCritical: [...extensions].some(
          ([id, { isCritical }]) => isCritical && id !== basicConstraintsId && id !== keyUsageId,
        ),
      };
    }),
  );
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function readAlgorithm(reader: DerReader): string {
  const algorithm = hexOf(reader.contents(derTag.objectIdentifier));
  if (!reader.isAtEnd) reader.any();
  return algorithm;
}

function readTbsCertificate(tbs: DerReader): ReadonlyMap<string, Extension> {
  let extensions: ReadonlyMap<string, Extension> = new Map();
  while (!tbs.isAtEnd) {
    if (tbs.isNext(explicitExtensions))
      extensions = tbs.inside(explicitExtensions, (inner) => inner.inside(derTag.sequence, readExtensions));
    else tbs.any();
  }
  return extensions;
}

/** A certificate must not have an extension twice (section 4.2). */
function readExtensions(reader: DerReader): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  while (!reader.isAtEnd) {
    reader.inside(derTag.sequence, (extension) => {
      const id = hexOf(extension.contents(derTag.objectIdentifier));
      if (found.has(id)) extension.refuse();
      const critical = extension.optional(derTag.boolean);
      const value = extension.contents(derTag.octetString);
      // Whatever is not false is critical: to take it for false would let an extension be passed over.
      found.set(id, { isCritical: critical !== undefined && critical[0] !== 0, value });
    });
  }
  return found;
}

function readBasicConstraints(
  extension: Extension | undefined,
  certificate: DerReader,
): Pick<CertificateExtensions, 'isCa' | 'pathLength'> {
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const read = readDer(extension.value, (reader) =>
    reader.inside(derTag.sequence, (constraints) => {
      const ca = constraints.optional(derTag.boolean);
      const limit = constraints.optional(derTag.integer);
      return { isCa: ca?.[0] === 0xff, pathLength: limit === undefined ? undefined : pathLengthOf(limit) };
    }),
  );
  return read ?? certificate.refuse();
}

/** One byte goes up to 127: no path is longer, and none is allowed where the number is negative or larger. */
function pathLengthOf(limit: Uint8Array): number {
  const [number = 0] = limit;
  return limit.length === 1 && number < 0x80 ? number : 0;
}

/** The first byte says how many of the last bits are unused; digitalSignature is bit 0, keyCertSign bit 5. */
function readKeyUsage(
  extension: Extension | undefined,
  certificate: DerReader,
): Pick<CertificateExtensions, 'mayDigitallySign' | 'maySignCertificates'> {
  if (extension === undefined) return { mayDigitallySign: false, maySignCertificates: false };
  const contents = readDer(extension.value, (reader) => reader.contents(derTag.bitString));
  const bits = (contents ?? certificate.refuse())[1] ?? 0;
  return { mayDigitallySign: (bits & 0x80) !== 0, maySignCertificates: (bits & 0x04) !== 0 };
}
