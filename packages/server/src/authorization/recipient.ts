import { unsupportedParameter } from '@keyhaven/api-model';

/**
 * A request for an enclave must never be answered in clear: until attestation documents can be verified,
 * it is refused.
 */
export function refuseRecipient(recipient: object | undefined): void {
  if (recipient !== undefined) throw unsupportedParameter('Recipient is not supported by this version.');
}
