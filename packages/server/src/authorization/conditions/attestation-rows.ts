import { type ConditionRow, one, type RequestFacts } from './condition-row.ts';

/** What a document attests, by the rest of the condition key in lower case; values are lower-case hexadecimal. */
function attested({ recipient }: RequestFacts, register: string): string | undefined {
  if (recipient === undefined) return undefined;
  if (register === 'imagesha384') return recipient.imageSha384;
  const [, platform, number = ''] = /^(nitrotpmpcr|pcr)(0|[1-9][0-9]?)$/.exec(register) ?? [];
  if (platform === undefined) return undefined;
  return (platform === 'pcr' ? recipient.pcrs : recipient.nitroTpmPcrs).get(Number(number));
}

/** "AWS KMS condition keys for attested platforms", KMS Developer Guide: `ImageSha384`, `PCR0` and so on, `NitroTPMPCR0` and so on. */
export const attestationRows: readonly ConditionRow[] = [
  {
    name: 'kms:RecipientAttestation:',
    valuesIn: (request, _permission, rest) => one(attested(request, rest)),
  },
];
