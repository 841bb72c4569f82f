import { type DomainKey, encodeFields } from '@keyhaven/crypto';
import { z } from 'zod';
import { BackupRefusal } from './backup-refusal.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileSchema = z.strictObject({ bytes: z.int().nonnegative(), sha256 });

/** Version 1 of what a backup says of itself. */
const manifestSchema = z.strictObject({
  kind: z.literal('keyhaven-backup'),
  format: z.literal(1),
  installationId: z.uuid(),
  schemaVersion: z.int().positive(),
  madeBy: z.string(),
  /** Service time, epoch milliseconds. */
  madeAt: z.int(),
  /** Every destruction that the database does not know of is recorded behind this place. */
  journal: z.strictObject({
    segment: z.int().positive(),
    offset: z.int().positive(),
    chain: sha256,
  }),
  rows: z.record(z.string(), z.int().nonnegative()),
  files: z.strictObject({ 'seal.json': fileSchema, 'keyhaven.db': fileSchema }),
});

export type Manifest = z.infer<typeof manifestSchema>;

const formatSchema = z.object({ kind: z.literal('keyhaven-backup'), format: z.int() });

export function renderManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Throws BackupRefusal. */
export function parseManifest(text: string, file: string): Manifest {
  try {
    const json: unknown = JSON.parse(text);
    const { format } = formatSchema.parse(json);
    if (format > 1) {
      throw new BackupRefusal(
        `The backup ${file} was made by a newer version of Keyhaven (format ${format}; this version knows 1).`,
        'Restore it with the version that made it, or a newer one.',
      );
    }
    return manifestSchema.parse(json);
  } catch (error) {
    if (error instanceof BackupRefusal) throw error;
    throw new BackupRefusal(
      `The file ${file} is not a backup of Keyhaven.`,
      'Name a file that keyhaven backup made.',
    );
  }
}

const macSchema = z.strictObject({
  rootKeyId: z.string().regex(/^[0-9a-f]{32}$/),
  mac: z.base64(),
});

/** A root key that is open. */
export interface OpenRootKey {
  readonly id: string;
  readonly key: DomainKey;
}

/*
 * age says to whom a file may be shown, not who made it: anyone can encrypt to a recipient. So the manifest, and through
 * its hashes the database and the seal header, carries a MAC under the root key. Otherwise whoever once had a copy of
 * the database could make a backup of it whose journal position lies behind the destructions that a restore must replay.
 */

/** The first field is the name of no table: no row has the same MAC. */
function covered(manifest: string): Buffer {
  return encodeFields(['backup manifest', 1, manifest]);
}

export function renderManifestMac(manifest: string, { id, key }: OpenRootKey): string {
  return `${JSON.stringify({ rootKeyId: id, mac: key.rowMac(covered(manifest)).toString('base64') })}\n`;
}

/** Whether one of the root keys has authenticated the manifest. */
export function isManifestGenuine(
  manifest: string,
  macText: string,
  rootKeys: readonly OpenRootKey[],
): boolean {
  try {
    const { rootKeyId, mac } = macSchema.parse(JSON.parse(macText));
    const rootKey = rootKeys.find(({ id }) => id === rootKeyId);
    return rootKey?.key.verifyRowMac(covered(manifest), Buffer.from(mac, 'base64')) === true;
  } catch {
    return false;
  }
}
