import type { ChainFault } from '@keyhaven/crypto';

/**
 * Who a verified attestation document speaks of, and the key that replies are encrypted to. Plain data, which may be
 * sent from one thread to another.
 */
export interface AttestedRecipient {
  readonly moduleId: string;
  /** When the document was made, by the clock of the hypervisor: milliseconds since 1970. */
  readonly timestamp: number;
  /** An RSA key of at least 2,048 bits (SubjectPublicKeyInfo, DER). */
  readonly publicKey: Uint8Array;
  /** The platform configuration registers of an enclave by their numbers, in lower-case hexadecimal. */
  readonly pcrs: ReadonlyMap<number, string>;
  /** Those of an instance with NitroTPM. A document has one or the other. */
  readonly nitroTpmPcrs: ReadonlyMap<number, string>;
  /** The digest of the enclave's image, which is PCR0 ("Condition keys for Nitro Enclaves", KMS Developer Guide). */
  readonly imageSha384: string | undefined;
}

/** Why a document vouches for nobody. */
export type AttestationFaultName =
  'malformed' | ChainFault | 'wrong signature' | 'no public key' | 'unsuitable public key';

export interface AttestationFault {
  readonly fault: AttestationFaultName;
}
