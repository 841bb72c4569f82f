import { z } from 'zod';
import { base64Of } from './base64.ts';
import { isSealKind, parseSeal, type SealDescription } from './providers.ts';
import { SealRefusal } from './seal-refusal.ts';

/**
 * `current` wraps what is new. During a rotation there is a second root key: `incoming` before it takes over,
 * `retiring` while what the old one wrapped is being wrapped anew.
 */
export type RootKeyStatus = 'current' | 'incoming' | 'retiring';

/** A root key as the header holds it: wrapped by the sealing key, in Base64. */
export interface WrappedRootKey {
  readonly id: string;
  readonly status: RootKeyStatus;
  readonly wrapped: string;
}

/** What is kept beside the database about the seal: its kind and parameters, and the root keys wrapped by it. */
export interface SealHeader {
  /** Format 1 had one root key, under a file seal, and no MAC. It is read, never written. */
  readonly format: 1 | 2;
  readonly installationId: string;
  readonly seal: SealDescription;
  /** Exactly one is current. */
  readonly rootKeys: readonly WrappedRootKey[];
  /** Base64, of all the rest under the current root key. */
  readonly mac: string | undefined;
}

/** Ten times what the largest seal needs. */
export const maxHeaderBytes = 64 * 1024;
const maxRootKeys = 4;
const rootKeyBytes = 32;
/** `wrap` adds 45 bytes. */
const wrappedBytes = rootKeyBytes + 45;

const id = z.string().regex(/^[0-9a-f]{32}$/);
const wrapped = base64Of({ min: wrappedBytes, max: wrappedBytes });

const format1 = z.strictObject({
  format: z.literal(1),
  installationId: z.uuid(),
  seal: z.string(),
  rootKeyId: id,
  wrappedRootKey: wrapped,
});
const format2 = z.strictObject({
  format: z.literal(2),
  installationId: z.uuid(),
  // Passed on as it came: z.record would leave out a member named __proto__ without a word.
  seal: z.custom<Readonly<Record<string, unknown>>>(isObject),
  rootKeys: z
    .array(z.strictObject({ id, status: z.enum(['current', 'incoming', 'retiring']), wrapped }))
    .max(maxRootKeys)
    .refine(areConsistent),
  mac: base64Of({ min: 32, max: 32 }),
});

/** Whether exactly one of the root keys is current, and no two have one id. */
export function areConsistent(rootKeys: readonly Pick<WrappedRootKey, 'id' | 'status'>[]): boolean {
  if (rootKeys.filter(({ status }) => status === 'current').length !== 1) return false;
  return new Set(rootKeys.map((rootKey) => rootKey.id)).size === rootKeys.length;
}

/**
 * Reads a header of either format; `name` is what to call it. Nothing in it is proved before `openRootKeys`. Throws a
 * SealRefusal for whatever is no header, and for a kind of seal that this version does not have.
 */
export function parseSealHeader(content: Buffer, name: string): SealHeader {
  const json = content.length > maxHeaderBytes ? undefined : parseJson(content);
  const read = z.discriminatedUnion('format', [format1, format2]).safeParse(json);
  if (!read.success) throw damaged(name);
  const header = read.data;
  const { kind, ...parameters } = header.format === 1 ? { kind: header.seal } : header.seal;
  const seal = describeSeal(kind, parameters, name);
  const { format, installationId } = header;
  if (header.format === 2)
    return { format, installationId, seal, rootKeys: header.rootKeys, mac: header.mac };
  const rootKey = { id: header.rootKeyId, status: 'current', wrapped: header.wrappedRootKey } as const;
  return { format, installationId, seal, rootKeys: [rootKey], mac: undefined };
}

/** The text of a header of format 2, for a person to read as well. Throws an Error for one of format 1. */
export function formatSealHeader({ format, installationId, seal, rootKeys, mac }: SealHeader): string {
  if (format !== 2) throw new Error('a seal header is written in format 2 only');
  const { kind, parameters } = seal;
  const document = { format, installationId, seal: { kind, ...parameters }, rootKeys, mac };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
}

function describeSeal(kind: unknown, parameters: unknown, name: string): SealDescription {
  if (typeof kind !== 'string' || !/^[a-z][a-z0-9-]{0,31}$/.test(kind)) throw damaged(name);
  if (!isSealKind(kind)) {
    throw new SealRefusal(
      `The seal header names a seal of kind ${kind}, which this version does not have.`,
      'Start the version that made this installation.',
    );
  }
  const seal = parseSeal(kind, parameters);
  if (seal === undefined) throw damaged(name);
  return seal;
}

function damaged(name: string): SealRefusal {
  return new SealRefusal(`The seal header ${name} is damaged.`, 'Restore it from a backup.');
}
