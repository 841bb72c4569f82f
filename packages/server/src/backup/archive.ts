import { accessSync, constants, statSync } from 'node:fs';
import type { Secret } from '@keyhaven/crypto';
import { decryptWith, encryptTo } from './age-file.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { type Digest, piecesOf, writeNewFile } from './file-pieces.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { TarError, TarReader, writeTar } from './tar.ts';

/*
 * A backup is an age file of a tar archive of four files, in this order: what is said of the others comes first, so that
 * nothing is written that does not fit.
 */
const manifestName = 'manifest.json';
const macName = 'manifest.mac';
const headerName = 'seal.json';
const databaseName = 'keyhaven.db';

const mostTextBytes = 1024 * 1024;

/** The files that a backup is made of, or is unpacked into. */
export interface StoreFiles {
  readonly sealHeader: string;
  readonly database: string;
}

/** What a backup says of itself, as the bytes that are authenticated, and the MAC over them. */
export interface ManifestTexts {
  readonly manifest: string;
  readonly mac: string;
}

/** Writes the backup file, which must not be there yet; it is on the disk when this returns. */
export async function writeBackupFile(
  path: string,
  recipients: readonly string[],
  { manifest, mac }: ManifestTexts,
  files: StoreFiles,
  modifiedAt: number,
): Promise<Digest> {
  const text = (name: string, content: string) => {
    const bytes = Buffer.from(content);
    return { name, bytes: bytes.length, modifiedAt, content: () => [bytes] };
  };
  const file = (name: string, from: string) => {
    const { size: bytes } = statSync(from);
    return { name, bytes, modifiedAt, content: () => piecesOf(from) };
  };
  const archive = writeTar([
    text(manifestName, manifest),
    text(macName, mac),
    file(headerName, files.sealHeader),
    file(databaseName, files.database),
  ]);
  return writeNewFile(path, await encryptTo(recipients, archive));
}

/**
 * Unpacks a backup file into files that must not be there yet. What is answered, and what the files hold, is exactly
 * what was encrypted; who encrypted it is not known before the manifest's MAC is verified. Throws BackupRefusal.
 */
export async function readBackupFile(
  path: string,
  identities: readonly Secret[],
  files: StoreFiles,
  onManifest: (manifest: Manifest) => void = () => undefined,
): Promise<ManifestTexts & { readonly parsed: Manifest }> {
  refuseUnreadable(path);
  const tar = new TarReader(await decryptWith(identities, path, piecesOf(path)));
  try {
    const manifest = await readText(tar, manifestName);
    const parsed = parseManifest(manifest, path);
    onManifest(parsed);
    const mac = await readText(tar, macName);
    await unpack(tar, headerName, files.sealHeader, parsed.files[headerName], path);
    await unpack(tar, databaseName, files.database, parsed.files[databaseName], path);
    if ((await tar.next()) !== undefined) throw new TarError('there are more files than there should be');
    await tar.end();
    return { manifest, mac, parsed };
  } catch (error) {
    await tar.abandon();
    if (!(error instanceof TarError)) throw error;
    throw notABackup(path, error.message);
  }
}

function refuseUnreadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
    if (statSync(path).isFile()) return;
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
  throw unreadable(path, 'it is no file');
}

function unreadable(path: string, reason: string): BackupRefusal {
  return new BackupRefusal(
    `The backup ${path} cannot be read: ${reason}.`,
    'Name a file that keyhaven backup made.',
  );
}

async function expectEntry(tar: TarReader, name: string): Promise<number> {
  const entry = await tar.next();
  if (entry?.name !== name) throw new TarError(`${name} is not where it should be`);
  return entry.bytes;
}

async function readText(tar: TarReader, name: string): Promise<string> {
  const bytes = await expectEntry(tar, name);
  if (bytes > mostTextBytes) throw new TarError(`${name} is too large`);
  const pieces: Uint8Array[] = [];
  for await (const piece of tar.content(bytes)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

async function unpack(
  tar: TarReader,
  name: string,
  to: string,
  expected: Digest,
  path: string,
): Promise<void> {
  const bytes = await expectEntry(tar, name);
  if (bytes !== expected.bytes) throw new TarError(`${name} is not as long as the manifest says`);
  const { sha256 } = await writeNewFile(to, tar.content(bytes));
  if (sha256 !== expected.sha256) throw notABackup(path, `${name} is not the file that the manifest names`);
}

function notABackup(path: string, reason: string): BackupRefusal {
  return new BackupRefusal(
    `The file ${path} decrypts, but is no whole backup: ${reason}.`,
    'Take another copy of it, or an older backup.',
  );
}
