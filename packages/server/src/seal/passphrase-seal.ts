import { isUtf8 } from 'node:buffer';
import {
  defaultPassphraseCost,
  deriveFromPassphrase,
  type PassphraseCost,
  passphraseLimits,
  randomBytes,
  Secret,
} from '@keyhaven/crypto';
import { z } from 'zod';
import { base64Of } from './base64.ts';
import type { SealPlace, SealProvider } from './port.ts';
import { SealRefusal } from './seal-refusal.ts';

const saltBytes = 32;
const minCharacters = 12;
const maxBytes = 4096;

const within = ({ min, max }: { readonly min: number; readonly max: number }) => z.int().min(min).max(max);

const parametersSchema = z.strictObject({
  salt: base64Of(passphraseLimits.saltBytes),
  memoryKiB: within(passphraseLimits.memoryKiB),
  passes: within(passphraseLimits.passes),
  parallelism: within(passphraseLimits.parallelism),
});

/** What Argon2id (RFC 9106) derives the sealing key from, beside the passphrase; `salt` as Base64. */
export type PassphraseSealParameters = z.infer<typeof parametersSchema>;

export interface PassphraseSealRequest extends SealPlace {
  readonly passphrase: Secret;
  /** The defaults of @keyhaven/crypto unless given. */
  readonly cost?: PassphraseCost;
}

/** The seal whose sealing key is derived from a passphrase that someone knows. */
export const passphraseSeal: SealProvider<PassphraseSealParameters, PassphraseSealRequest> = {
  kind: 'passphrase',
  parametersSchema,
  // A wrong passphrase and a changed header cannot be told apart: either gives a key that opens nothing.
  mismatch: {
    reason: 'The passphrase does not open the seal header: it is another one, or the header was changed.',
    nextStep:
      'Enter the passphrase again. If you are sure of it, restore seal.json from a backup of this installation.',
  },
  needs: () => ({ automatic: false, by: 'passphrase' }),

  async create({ passphrase, cost = defaultPassphraseCost }) {
    refuseWeak(passphrase);
    const { memoryKiB, passes, parallelism } = cost;
    const salt = randomBytes(saltBytes).toString('base64');
    const parameters = { salt, memoryKiB, passes, parallelism };
    if (!parametersSchema.safeParse(parameters).success) {
      throw new SealRefusal(
        'The cost of the passphrase is outside what is accepted.',
        'Leave it out: the defaults are right for nearly everyone.',
      );
    }
    return { parameters, sealingKey: await derive(passphrase, parameters) };
  },

  async open(parameters, { passphrase }) {
    if (passphrase === undefined) {
      throw new SealRefusal(
        'This installation is sealed with a passphrase, and none was given.',
        'Run: keyhaven unseal',
      );
    }
    return derive(passphrase, parameters);
  },
};

/** Whether the passphrase costs an attacker less than a seal made today would; changing the seal raises the cost. */
export function isBelowDefaults({ memoryKiB, passes }: PassphraseCost): boolean {
  // Lanes make no guess dearer. What a guess costs is the memory it fills times the passes over it.
  const { memoryKiB: memory, passes: defaultPasses } = defaultPassphraseCost;
  return memoryKiB < memory || memoryKiB * passes < memory * defaultPasses;
}

async function derive(passphrase: Secret, parameters: PassphraseSealParameters): Promise<Secret> {
  refuseOverlong(passphrase);
  using normalised = normaliseText(passphrase);
  try {
    return await deriveFromPassphrase(normalised, {
      ...parameters,
      salt: Buffer.from(parameters.salt, 'base64'),
    });
  } catch {
    // The parameters are within bounds: what fails is taking the memory.
    throw new SealRefusal(
      `The passphrase cannot be tried: it takes ${Math.ceil(parameters.memoryKiB / 1024)} MiB of memory, which the machine does not give.`,
      'Free memory, or raise the limit that the service runs under, and try again.',
      { isTransient: true },
    );
  }
}

function refuseOverlong(passphrase: Secret): void {
  if (passphrase.length <= maxBytes) return;
  throw new SealRefusal(
    `The passphrase is longer than ${maxBytes} bytes.`,
    'Check that the file named is the one that holds the passphrase.',
  );
}

/** A new passphrase must be long; one that exists is only ever tried. */
function refuseWeak(passphrase: Secret): void {
  const { characters, isBlank } = passphrase.use(measure);
  if (isBlank) throw new SealRefusal('The passphrase is empty.', weakNextStep);
  if (characters < minCharacters) {
    throw new SealRefusal(`The passphrase is shorter than ${minCharacters} characters.`, weakNextStep);
  }
}

const weakNextStep = 'Choose a long one: six words drawn at random, or what a password store makes.';

/** Characters are counted by the bytes that begin one in UTF-8. */
function measure(bytes: Buffer): { readonly characters: number; readonly isBlank: boolean } {
  let characters = 0;
  let isBlank = true;
  for (const byte of bytes) {
    if ((byte & 0xc0) !== 0x80) characters++;
    if (byte > 0x20) isBlank = false;
  }
  return { characters, isBlank };
}

/**
 * The same text gives the same key whichever keyboard it came from: Unicode's form NFC, as RFC 8265 section 4.2 asks.
 * ASCII is left alone, so that it never passes through a string; so is what is not UTF-8.
 */
function normaliseText(passphrase: Secret): Secret {
  return passphrase.use((bytes) => {
    if (bytes.every((byte) => byte < 0x80)) return Secret.take(Buffer.from(bytes));
    if (!isUtf8(bytes)) return Secret.take(Buffer.from(bytes));
    return Secret.take(Buffer.from(bytes.toString('utf8').normalize('NFC'), 'utf8'));
  });
}
