import type { AsymmetricThreads } from '../key-stores/asymmetric/threads.ts';
import type { Attestation } from './port.ts';

/** Verifies in a thread of its own: the certificates and the signature take milliseconds. `roots`: DER. */
export function createAttestation(
  threads: Pick<AsymmetricThreads, 'run'>,
  roots: readonly Uint8Array[],
): Attestation {
  return { verify: (document, now) => threads.run('attest', { document, roots, now }) };
}
