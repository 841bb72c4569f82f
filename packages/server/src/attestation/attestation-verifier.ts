import type { Attestation } from './port.ts';
import { verifyAttestationDocument } from './verify-attestation-document.ts';

/** Verifies in the thread that asks. `roots`: DER. */
export function createAttestation(roots: readonly Uint8Array[]): Attestation {
  return { verify: (document, now) => verifyAttestationDocument(document, roots, now) };
}
