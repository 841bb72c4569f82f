import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { StartRefusal } from '../start-refusal.ts';
import { readLocalKmsFormat } from './local-kms-format.ts';
import { readOwnFormat } from './own-format.ts';
import { SeedDocument } from './seed-document.ts';
import type { Seed } from './seed.ts';

const mostBytes = 1024 * 1024;

/** Reads and checks a seed file. Throws StartRefusal that names the file, the line and the rule. */
export function readSeedFile(path: string): Seed {
  return parseSeed(readText(path), path);
}

/** Reads the text of a seed file, in Keyhaven's own form or in local-kms's; `path` is for messages. */
export function parseSeed(text: string, path: string): Seed {
  const document = new SeedDocument(path, text);
  const { values } = document;
  const isLocalKms =
    typeof values === 'object' && values !== null && ('Keys' in values || 'Aliases' in values);
  return isLocalKms ? readLocalKmsFormat(document) : readOwnFormat(document);
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readBounded(path);
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
    throw new StartRefusal(
      `The seed file ${path} cannot be read.`,
      'Name a file that exists and that this user may read with --seed, or leave --seed out.',
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new StartRefusal(
      `The seed file ${path} is not UTF-8 text.`,
      'Save it as UTF-8; nothing of it was applied.',
    );
  }
}

/** The size is asked of the open file: nobody can exchange it in between. */
function readBounded(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const status = fstatSync(file);
    if (!status.isFile())
      throw new StartRefusal(`The seed file ${path} is not a file.`, 'Name a YAML file with --seed.');
    if (status.size > mostBytes) {
      throw new StartRefusal(
        `The seed file ${path} is larger than 1 MiB.`,
        'Shorten it; keys beyond that are made with CreateKey.',
      );
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
