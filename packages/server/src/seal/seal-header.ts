import { readFileSync, statSync } from 'node:fs';
import {
  deriveKey,
  encodeFields,
  equalConstantTime,
  hmacSha256,
  type Secret,
  unwrap,
  UnwrapError,
  wrap,
} from '@keyhaven/crypto';
import { replaceFile } from '../durable-file.ts';
import { canonicalJson } from './canonical-json.ts';
import {
  areConsistent,
  formatSealHeader,
  maxHeaderBytes,
  parseSealHeader,
  type RootKeyStatus,
  type SealHeader,
} from './header-format.ts';
import { mismatchText, type SealDescription } from './providers.ts';
import { SealRefusal } from './seal-refusal.ts';

export type { RootKeyStatus, SealHeader };

/** An open root key, the caller's to dispose. `id` is 32 hexadecimal digits, `key` has 32 bytes. */
export interface RootKey {
  readonly id: string;
  readonly status: RootKeyStatus;
  readonly key: Secret;
}

export interface HeaderParts {
  readonly installationId: string;
  readonly seal: SealDescription;
  readonly sealingKey: Secret;
  readonly rootKeys: readonly RootKey[];
}

/** The header in the file, or undefined where there is no file. Throws a SealRefusal for anything else. */
export function readSealHeader(path: string): SealHeader | undefined {
  let content: Buffer;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    // Whatever is no file, or too long for a header, is not opened: a pipe would never end.
    content = found.isFile() && found.size <= maxHeaderBytes ? readFileSync(path) : Buffer.alloc(0);
  } catch {
    throw new SealRefusal(
      `The seal header ${path} cannot be read.`,
      'Make it readable for this user, or restore it from a backup.',
    );
  }
  return parseSealHeader(content, path);
}

/** Puts the header in the place of the one that is there, whole or not at all; it is on the disk afterwards. */
export function writeSealHeader(path: string, header: SealHeader): void {
  const text = formatSealHeader(header);
  // What could not be read again would lock everyone out.
  parseSealHeader(Buffer.from(text), path);
  replaceFile(path, text);
}

/**
 * Wraps the root keys under the sealing key and authenticates the whole. All keys stay the caller's to dispose. Throws
 * an Error unless exactly one root key is current and no id is there twice.
 */
export function composeHeader({ installationId, seal, sealingKey, rootKeys }: HeaderParts): SealHeader {
  const current = rootKeys.find(({ status }) => status === 'current');
  if (current === undefined || !areConsistent(rootKeys)) throw new Error('the root keys do not fit together');
  const unsigned = {
    format: 2,
    installationId,
    seal,
    rootKeys: rootKeys.map(({ id, status, key }) => ({
      id,
      status,
      wrapped: wrap(sealingKey, bindingOf({ format: 2, installationId, seal }, id), key).toString('base64'),
    })),
    mac: undefined,
  } as const;
  return { ...unsigned, mac: macOf(unsigned, current.key).toString('base64') };
}

/**
 * Opens the root keys, in the header's order; they are the caller's to dispose, and so is the sealing key. Throws a
 * SealRefusal where the sealing key opens nothing, and where the header was changed in any member.
 */
export function openRootKeys(header: SealHeader, sealingKey: Secret): readonly RootKey[] {
  const opened: RootKey[] = [];
  for (const { id, status, wrapped } of header.rootKeys) {
    const key = unwrapRootKey(sealingKey, bindingOf(header, id), wrapped);
    if (key !== undefined) opened.push({ id, status, key });
  }
  if (opened.length === header.rootKeys.length && isUnchanged(header, opened)) return opened;
  for (const { key } of opened) key.dispose();
  const { reason, nextStep } = opened.length === 0 ? mismatchText(header.seal.kind) : changedText;
  throw new SealRefusal(reason, nextStep);
}

const changedText = {
  reason: 'The seal header was changed: its parts do not belong together.',
  nextStep: 'Keep it for the inquiry, and restore seal.json from a backup of this installation.',
};

function unwrapRootKey(sealingKey: Secret, binding: Buffer, wrapped: string): Secret | undefined {
  // A seal that gives zeros is wrong too; `unwrap` takes such a key for a mistake in this program.
  if (sealingKey.use((bytes) => bytes.every((byte) => byte === 0))) return undefined;
  try {
    return unwrap(sealingKey, binding, Buffer.from(wrapped, 'base64'));
  } catch (error) {
    if (error instanceof UnwrapError) return undefined;
    throw error;
  }
}

/** Format 1 has no MAC: its one binding covers every member. */
function isUnchanged(header: SealHeader, opened: readonly RootKey[]): boolean {
  if (header.format === 1) return true;
  const current = opened.find(({ status }) => status === 'current');
  if (current === undefined || header.mac === undefined) return false;
  return equalConstantTime(macOf(header, current.key), Buffer.from(header.mac, 'base64'));
}

/** What a wrapped root key is bound to: it opens in no other installation, under no other seal, in no other place. */
function bindingOf(
  { format, installationId, seal }: Pick<SealHeader, 'format' | 'installationId' | 'seal'>,
  rootKeyId: string,
): Buffer {
  const sealText = format === 1 ? seal.kind : canonicalSeal(seal);
  return encodeFields(['root key', format, installationId, rootKeyId, sealText]);
}

function canonicalSeal({ kind, parameters }: SealDescription): string {
  return canonicalJson({ kind, ...parameters });
}

const noBytes = Buffer.alloc(0);

/** Under a subkey (SP 800-108r1), as every use of a root key is. */
function macOf({ format, installationId, seal, rootKeys }: SealHeader, current: Secret): Buffer {
  const list = rootKeys.flatMap(({ id, status, wrapped }) => [id, status, wrapped]);
  const message = encodeFields(['seal header', format, installationId, canonicalSeal(seal), ...list]);
  using key = deriveKey(current, 'keyhaven/subkey/seal-header/1', noBytes, 32);
  return key.use((bytes) => hmacSha256(bytes, message));
}
