import { findChainFault, isRecipientKey, verifyCoseSignature } from '@keyhaven/crypto';
import type { AttestationFault, AttestedRecipient } from './attested-recipient.ts';
import { findCoseSign1 } from './cose-sign1.ts';
import { type DocumentPayload, findDocumentPayload } from './document-payload.ts';

/**
 * Verifies an attestation document ("Attestation Document Validation" of the Nitro Enclaves attestation process): its
 * form, the certificates from a root among `roots` (DER) at the time `now` (milliseconds since 1970), the signature over
 * it, and the key that a reply is encrypted to. Neither the age of the document nor its nonce counts: AWS KMS knows no
 * nonce of its own, and the certificate of the key that signed lasts a few hours. Synchronous, some milliseconds long;
 * arguments and answer are plain data.
 */
export function verifyAttestationDocument(
  document: Uint8Array,
  roots: readonly Uint8Array[],
  now: number,
): AttestedRecipient | AttestationFault {
  const signed = findCoseSign1(document);
  const payload = signed === undefined ? undefined : findDocumentPayload(signed.payload);
  if (signed === undefined || payload === undefined) return { fault: 'malformed' };
  const chainFault = findChainFault(payload, roots, now);
  if (chainFault !== undefined) return { fault: chainFault };
  if (!verifyCoseSignature(signed, signed.signature, payload.certificate))
    return { fault: 'wrong signature' };
  const { publicKey } = payload;
  if (publicKey === undefined) return { fault: 'no public key' };
  return isRecipientKey(publicKey) ? describe(payload, publicKey) : { fault: 'unsuitable public key' };
}

function describe(
  { moduleId, timestamp, pcrs, nitroTpmPcrs }: DocumentPayload,
  publicKey: Uint8Array,
): AttestedRecipient {
  const enclavePcrs = asHex(pcrs);
  return {
    moduleId,
    timestamp,
    publicKey,
    pcrs: enclavePcrs,
    nitroTpmPcrs: asHex(nitroTpmPcrs),
    imageSha384: enclavePcrs.get(0),
  };
}

function asHex(pcrs: ReadonlyMap<number, Uint8Array>): ReadonlyMap<number, string> {
  return new Map([...pcrs].map(([index, pcr]) => [index, Buffer.from(pcr).toString('hex')]));
}
