/** Registers that an attestation document may have: an enclave's and a NitroTPM's are numbered alike. */
const pcrCount = 32;

const attestation = 'kms:recipientattestation:';

/**
 * The condition keys that are evaluated, in lower case, because their names match whatever their case. Each is of type
 * String and has one value ("AWS KMS condition keys for attested platforms", KMS Developer Guide).
 */
const evaluatedKeys: ReadonlySet<string> = new Set([
  `${attestation}imagesha384`,
  ...numbered(`${attestation}pcr`, pcrCount),
  ...numbered(`${attestation}nitrotpmpcr`, pcrCount),
]);

/** Whether requests say what there is to say for the key; a condition on any other key cannot be decided. */
export function isEvaluatedKey(key: string): boolean {
  return evaluatedKeys.has(key.toLowerCase());
}

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
