import { DerError, type DerElement, readDerElement, readDerElements } from '../der-reader.ts';

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

const sequence = 0x30;
const objectIdentifier = 0x06;
const boolean = 0x01;
const integer = 0x02;
const bitString = 0x03;
const octetString = 0x04;
/** `extensions [3] EXPLICIT`. */
const explicitExtensions = 0xa3;

const basicConstraintsId = '551d13';
const keyUsageId = '551d0f';

interface Extension {
  readonly isCritical: boolean;
  readonly value: Buffer;
}

/** Reads a certificate (DER). Throws DerError where it is not of the form of RFC 5280, section 4.1. */
export function readCertificateExtensions(certificate: Buffer): CertificateExtensions {
  const [tbs, algorithm] = readDerElements(readDerElement(certificate, sequence));
  if (tbs?.identifier !== sequence || algorithm?.identifier !== sequence)
    throw new DerError('No certificate');
  const extensions = readExtensions(readDerElements(tbs.contents));
  const [signatureAlgorithm] = readDerElements(algorithm.contents);
  if (signatureAlgorithm?.identifier !== objectIdentifier) throw new DerError('No signature algorithm');
  return {
    signatureAlgorithm: signatureAlgorithm.contents.toString('hex'),
    ...readBasicConstraints(extensions.get(basicConstraintsId)),
    ...readKeyUsage(extensions.get(keyUsageId)),
    hasUnknownCritical: [...extensions].some(
      ([id, { isCritical }]) => isCritical && id !== basicConstraintsId && id !== keyUsageId,
    ),
  };
}

/** A certificate must not have an extension twice (section 4.2). */
function readExtensions(tbsMembers: readonly DerElement[]): ReadonlyMap<string, Extension> {
  const explicit = tbsMembers.find(({ identifier }) => identifier === explicitExtensions);
  const found = new Map<string, Extension>();
  if (explicit === undefined) return found;
  for (const { identifier, contents } of readDerElements(readDerElement(explicit.contents, sequence))) {
    if (identifier !== sequence) throw new DerError('No extension');
    const members = readDerElements(contents);
    const [id, value] = [members[0], members.at(-1)];
    const [critical] = members.length === 3 ? members.slice(1) : [];
    if (id?.identifier !== objectIdentifier || value?.identifier !== octetString || members.length > 3)
      throw new DerError('No extension');
    if (critical !== undefined && critical.identifier !== boolean) throw new DerError('No extension');
    const name = id.contents.toString('hex');
    if (found.has(name)) throw new DerError('An extension stands twice');
    found.set(name, {
      // Whatever is not false is critical: to take it for false would let an extension be passed over.
      isCritical: critical !== undefined && critical.contents[0] !== 0,
      value: value.contents,
    });
  }
  return found;
}

function readBasicConstraints(
  extension: Extension | undefined,
): Pick<CertificateExtensions, 'isCa' | 'pathLength'> {
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const members = readDerElements(readDerElement(extension.value, sequence));
  const isCa = members.some(({ identifier, contents }) => identifier === boolean && contents[0] === 0xff);
  const limit = members.find(({ identifier }) => identifier === integer)?.contents;
  // One byte goes up to 127: no path is longer, and none is allowed where the number is negative or larger.
  const pathLength = limit?.length === 1 && limit.readInt8() >= 0 ? limit.readInt8() : 0;
  return { isCa, pathLength: limit === undefined ? undefined : pathLength };
}

/** The first byte says how many of the last bits are unused; digitalSignature is bit 0, keyCertSign bit 5. */
function readKeyUsage(
  extension: Extension | undefined,
): Pick<CertificateExtensions, 'mayDigitallySign' | 'maySignCertificates'> {
  const bits = extension === undefined ? undefined : readDerElement(extension.value, bitString)[1];
  return {
    mayDigitallySign: bits !== undefined && (bits & 0x80) !== 0,
    maySignCertificates: bits !== undefined && (bits & 0x04) !== 0,
  };
}
