import { type ChainCertificate, findChainCertificate } from './chain-certificate.ts';

/** The certificates of an attestation document, each DER. */
export interface AttestationChain {
  /** Of the key that signed the document. */
  readonly certificate: Uint8Array;
  /** Its authorities, the root first. */
  readonly cabundle: readonly Uint8Array[];
}

/** What is wrong with the certificates of an attestation document. */
export type ChainFault =
  'unreadable certificate' | 'unknown root' | 'certificate not valid now' | 'broken chain';

/** As long as AWS's own chains, twice over: each certificate costs a verification. */
export const mostAuthorities = 8;

/**
 * Whether the chain leads from a trusted root to the certificate that signed: "Semantical validation" of the Nitro
 * Enclaves attestation process, and RFC 5280 section 6.1 for what it does not say. `roots` are DER, `now` is in
 * milliseconds since 1970. Undefined where nothing is wrong.
 */
export function findChainFault(
  { certificate, cabundle }: AttestationChain,
  roots: readonly Uint8Array[],
  now: number,
): ChainFault | undefined {
  const [root] = cabundle;
  // First of all, so that nobody else's certificates cost anything.
  if (root === undefined || !roots.some((trusted) => Buffer.compare(trusted, root) === 0))
    return 'unknown root';
  if (cabundle.length > mostAuthorities) return 'broken chain';
  const path: ChainCertificate[] = [];
  for (const der of [...cabundle, certificate]) {
    const read = findChainCertificate(der);
    if (read === undefined) return 'unreadable certificate';
    path.push(read);
  }
  if (!path.every((one) => isValidAt(one, now))) return 'certificate not valid now';
  return isChained(path) ? undefined : 'broken chain';
}

/** `path` begins with the root and ends with the certificate that signed. */
function isChained(path: readonly ChainCertificate[]): boolean {
  const last = path.length - 1;
  return path.every((one, index) => {
    const { extensions, x509 } = one;
    if (extensions.hasUnknownCritical) return false;
    if (!(index === last ? maySignDocuments(one) : mayIssue(one, last - index - 1))) return false;
    const issuer = path[index - 1];
    return issuer === undefined || (x509.checkIssued(issuer.x509) && x509.verify(issuer.publicKey));
  });
}

/** `authoritiesAfter`: how many authorities stand between this one and the certificate that signed. */
function mayIssue({ extensions }: ChainCertificate, authoritiesAfter: number): boolean {
  const { isCa, maySignCertificates, pathLength } = extensions;
  return isCa && maySignCertificates && (pathLength === undefined || pathLength >= authoritiesAfter);
}

function maySignDocuments({ extensions }: ChainCertificate): boolean {
  return extensions.mayDigitallySign && !extensions.isCa && extensions.pathLength === undefined;
}

function isValidAt({ x509 }: ChainCertificate, now: number): boolean {
  return x509.validFromDate.getTime() <= now && now <= x509.validToDate.getTime();
}
