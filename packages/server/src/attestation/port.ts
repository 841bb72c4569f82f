import type { Maybe } from '../maybe.ts';
import type { AttestationFault, AttestedRecipient } from './attested-recipient.ts';

/** Verifies attestation documents against the roots that the service trusts. */
export interface Attestation {
  /**
   * `now`: the service's time, milliseconds since 1970. `accountId`: who asks, and takes turns with others. A document that
   * vouches for nobody is a fault, not an error.
   */
  verify(document: Uint8Array, now: number, accountId: string): Maybe<AttestedRecipient | AttestationFault>;
}
