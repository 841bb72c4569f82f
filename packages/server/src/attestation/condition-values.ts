import type { ConditionValues } from '@keyhaven/policy';
import type { AttestedRecipient } from './attested-recipient.ts';

const prefix = 'kms:recipientattestation:';

/**
 * What a request with this recipient says for condition keys ("AWS KMS condition keys for attested platforms", KMS
 * Developer Guide): keys in lower case, values in lower-case hexadecimal.
 */
export function recipientConditions({ imageSha384, pcrs, nitroTpmPcrs }: AttestedRecipient): ConditionValues {
  const values = new Map<string, readonly string[]>();
  if (imageSha384 !== undefined) values.set(`${prefix}imagesha384`, [imageSha384]);
  for (const [index, pcr] of pcrs) values.set(`${prefix}pcr${index}`, [pcr]);
  for (const [index, pcr] of nitroTpmPcrs) values.set(`${prefix}nitrotpmpcr${index}`, [pcr]);
  return values;
}
