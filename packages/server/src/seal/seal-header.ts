import { existsSync, readFileSync } from 'node:fs';
import { encodeFields, type Secret } from '@keyhaven/crypto';
import { z } from 'zod';
import { replaceFile } from '../durable-file.ts';
import { StartRefusal } from '../start-refusal.ts';
import type { Seal } from './port.ts';

const sealHeaderSchema = z.strictObject({
  format: z.literal(1),
  installationId: z.uuid(),
  seal: z.string(),
  rootKeyId: z.string(),
  wrappedRootKey: z.base64(),
});

/** What is kept beside the database about the seal: which kind it is, and the root key wrapped by it. */
export type SealHeader = z.infer<typeof sealHeaderSchema>;

/** What the wrapped root key is bound to: a header of another installation does not open. */
function bindingOf(header: Pick<SealHeader, 'installationId' | 'rootKeyId' | 'seal'>): Buffer {
  return encodeFields(['root key', 1, header.installationId, header.rootKeyId, header.seal]);
}

export function readSealHeader(path: string): SealHeader | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return sealHeaderSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new StartRefusal(`The seal header ${path} is damaged.`, 'Restore it from a backup.');
  }
}

export async function writeSealHeader(
  path: string,
  seal: Seal,
  rootKey: Secret,
  identity: { readonly installationId: string; readonly rootKeyId: string },
): Promise<SealHeader> {
  const wrapped = await seal.wrapRootKey(rootKey, bindingOf({ ...identity, seal: seal.kind }));
  const header = {
    format: 1 as const,
    ...identity,
    seal: seal.kind,
    wrappedRootKey: wrapped.toString('base64'),
  };
  replaceFile(path, `${JSON.stringify(header, undefined, 2)}\n`);
  return header;
}

export async function openRootKey(path: string, header: SealHeader, seal: Seal): Promise<Secret> {
  try {
    return await seal.unwrapRootKey(Buffer.from(header.wrappedRootKey, 'base64'), bindingOf(header));
  } catch {
    throw new StartRefusal(
      `The seal does not open the seal header ${path}: one of them belongs to another installation or was changed.`,
      'Restore the seal header and the seal key from the same backup.',
    );
  }
}
