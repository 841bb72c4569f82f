import type { AttestedRecipient } from './attested-recipient.ts';

/** A register that nothing was measured into. */
const untouched = /^0+$/;

/**
 * The recipient in an audit record, with CloudTrail's names ("Monitoring attested requests", KMS Developer Guide). PCR0 is
 * the digest of the enclave's image; other registers that nothing was measured into are left out.
 */
export function renderRecipient({
  moduleId,
  imageSha384,
  pcrs,
  nitroTpmPcrs,
}: AttestedRecipient): Readonly<Record<string, string>> {
  const recorded: Record<string, string> = { attestationDocumentModuleId: moduleId };
  if (imageSha384 !== undefined) recorded['attestationDocumentEnclaveImageDigest'] = imageSha384;
  for (const [index, pcr] of pcrs) {
    if (index !== 0 && !untouched.test(pcr)) recorded[`attestationDocumentEnclavePCR${index}`] = pcr;
  }
  for (const [index, pcr] of nitroTpmPcrs) {
    if (!untouched.test(pcr)) recorded[`attestationDocumentNitroTPMPCR${index}`] = pcr;
  }
  return recorded;
}
