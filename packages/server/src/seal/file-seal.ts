import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSecretBase64, encodeSecretBase64, randomBytes, Secret, secretMemory } from '@keyhaven/crypto';
import { z } from 'zod';
import { replaceFile, syncFolder } from '../durable-file.ts';
import type { SealPlace, SealProvider } from './port.ts';
import { SealRefusal } from './seal-refusal.ts';

const parametersSchema = z.strictObject({});

/** All that matters is in the file. */
export type FileSealParameters = z.infer<typeof parametersSchema>;

/**
 * The seal of the development profile: a key in a file beside the data, readable by its owner only.
 * It protects a stolen database, not a stolen folder.
 */
export const fileSeal: SealProvider<FileSealParameters> = {
  kind: 'file',
  parametersSchema,
  mismatch: {
    reason:
      'The seal does not open the seal header: one of them belongs to another installation or was changed.',
    nextStep: 'Restore the seal header and the seal key from the same backup.',
  },
  needs: () => ({ automatic: true }),

  /** Never over another key: whatever that one sealed would be lost. */
  async create(place) {
    const path = keyFileIn(place);
    if (existsSync(path)) {
      throw new SealRefusal(
        `The seal's key file ${path} is there already.`,
        'If nothing needs it any more, move it out of the folder first.',
      );
    }
    const key = randomBytes(32);
    writeKeyFile(path, key);
    return Promise.resolve({ parameters: {}, sealingKey: Secret.take(key) });
  },

  async open(_parameters, place) {
    return Promise.resolve(readKeyFile(keyFileIn(place)));
  },

  forget(place) {
    rmSync(keyFileIn(place), { force: true });
    syncFolder(place.dataFolder);
  },
};

function keyFileIn({ dataFolder }: SealPlace): string {
  return join(dataFolder, 'file-seal.key');
}

/** In bytes of its own throughout: a string of the key would stay in memory after sealing. */
function writeKeyFile(path: string, key: Buffer): void {
  const text = encodeSecretBase64(key);
  const line = secretMemory(text.length + 1);
  line.set(text);
  line[text.length] = 0x0a;
  try {
    replaceFile(path, line);
  } finally {
    text.fill(0);
    line.fill(0);
  }
}

function readKeyFile(path: string): Secret {
  let text: Buffer;
  try {
    refuseWideMode(path);
    text = readFileSync(path);
  } catch (error) {
    if (error instanceof SealRefusal) throw error;
    throw new SealRefusal(
      `The seal's key file ${path} cannot be read.`,
      'Restore it from a backup: nothing opens without it.',
    );
  }
  const key = decodeSecretBase64(trimmed(text));
  text.fill(0);
  if (key?.length !== 32) {
    key?.fill(0);
    throw new SealRefusal(`The seal's key file ${path} is damaged.`, 'Restore it from a backup.');
  }
  return Secret.take(key);
}

/** Without the spaces and line ends around it. */
function trimmed(text: Buffer): Buffer {
  const start = text.findIndex((byte) => byte > 0x20);
  const end = text.findLastIndex((byte) => byte > 0x20);
  return start === -1 ? text.subarray(0, 0) : text.subarray(start, end + 1);
}

/** A key file that others may read is no seal; Windows has no such modes. */
function refuseWideMode(path: string): void {
  if (process.platform === 'win32') return;
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new SealRefusal(
      `The seal's key file ${path} can be read by other users of this machine.`,
      `Run: chmod 600 ${path}`,
    );
  }
}
