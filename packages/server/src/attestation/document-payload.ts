import { findCbor } from './bounded-cbor.ts';

/**
 * What an attestation document says: "Attestation Document Specification" of the Nitro Enclaves attestation process, and
 * of NitroTPM in the Amazon EC2 User Guide.
 */
export interface DocumentPayload {
  readonly moduleId: string;
  readonly timestamp: number;
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  readonly nitroTpmPcrs: ReadonlyMap<number, Uint8Array>;
  readonly certificate: Uint8Array;
  readonly cabundle: readonly Uint8Array[];
  readonly publicKey: Uint8Array | undefined;
}

/** No module id that is known has more than fifty. */
const mostModuleIdCharacters = 256;
const mostCertificateBytes = 1024;
const mostPublicKeyBytes = 1024;
const mostDataBytes = 512;
const pcrCount = 32;
const pcrLengths: ReadonlySet<number> = new Set([32, 48, 64]);

type Rule = (value: unknown) => boolean;

const isBytes =
  (least: number, most: number): Rule =>
  (value) =>
    value instanceof Uint8Array && value.length >= least && value.length <= most;

const isCertificate = isBytes(1, mostCertificateBytes);

/** The Nitro Secure Module writes null for what it was not given. */
const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || value === null || rule(value);

const isModuleId: Rule = (value) =>
  typeof value === 'string' && value !== '' && value.length <= mostModuleIdCharacters;
const isTimestamp: Rule = (value) => typeof value === 'number' && Number.isInteger(value) && value > 0;
const isCaBundle: Rule = (value) => Array.isArray(value) && value.length > 0 && value.every(isCertificate);

const isPcrs: Rule = (value) =>
  value instanceof Map &&
  value.size > 0 &&
  [...(value as ReadonlyMap<unknown, unknown>)].every(
    ([index, pcr]) =>
      typeof index === 'number' &&
      Number.isInteger(index) &&
      index >= 0 &&
      index < pcrCount &&
      pcr instanceof Uint8Array &&
      pcrLengths.has(pcr.length),
  );

/** Every member that there is, with its rule; members that are not among them are refused. */
const rules: ReadonlyMap<unknown, Rule> = new Map<unknown, Rule>([
  ['module_id', isModuleId],
  ['digest', (value) => value === 'SHA384'],
  ['timestamp', isTimestamp],
  ['pcrs', optional(isPcrs)],
  ['nitrotpm_pcrs', optional(isPcrs)],
  ['certificate', isCertificate],
  ['cabundle', isCaBundle],
  ['public_key', optional(isBytes(1, mostPublicKeyBytes))],
  ['user_data', optional(isBytes(0, mostDataBytes))],
  ['nonce', optional(isBytes(0, mostDataBytes))],
]);

/** Undefined where a rule is broken. A document has the registers of an enclave or those of a NitroTPM, never both. */
export function findDocumentPayload(payload: Uint8Array): DocumentPayload | undefined {
  const members = findCbor(payload);
  if (!(members instanceof Map) || [...members.keys()].some((name) => !rules.has(name))) return undefined;
  for (const [name, rule] of rules) if (!rule(members.get(name))) return undefined;
  const { module_id, timestamp, pcrs, nitrotpm_pcrs, certificate, cabundle, public_key } = Object.fromEntries(
    members,
  ) as PayloadMembers;
  if ((pcrs ?? undefined) === undefined ? !nitrotpm_pcrs : nitrotpm_pcrs) return undefined;
  return {
    moduleId: module_id,
    timestamp,
    pcrs: pcrs ?? new Map<number, Uint8Array>(),
    nitroTpmPcrs: nitrotpm_pcrs ?? new Map<number, Uint8Array>(),
    certificate,
    cabundle,
    publicKey: public_key ?? undefined,
  };
}

/** What the rules above have made sure of. */
interface PayloadMembers {
  readonly module_id: string;
  readonly timestamp: number;
  readonly pcrs?: ReadonlyMap<number, Uint8Array> | null;
  readonly nitrotpm_pcrs?: ReadonlyMap<number, Uint8Array> | null;
  readonly certificate: Uint8Array;
  readonly cabundle: readonly Uint8Array[];
  readonly public_key?: Uint8Array | null;
}
