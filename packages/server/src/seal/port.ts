import type { Secret } from '@keyhaven/crypto';
import type { z } from 'zod';

/** Which installation a seal belongs to, and the folder in which it may keep a file of its own. */
export interface SealPlace {
  readonly installationId: string;
  readonly dataFolder: string;
}

/** What is at hand to open a seal with. It stays the caller's to dispose. */
export interface SealInput extends SealPlace {
  /** As entered: UTF-8, without the end of the line. A seal in hardware takes its PIN here. */
  readonly passphrase?: Secret;
  /** The texts of shares, as many as the threshold. */
  readonly shares?: readonly Secret[];
}

/** What an unsealing needs: nothing that a person enters, or a passphrase, or shares. */
export type UnsealingNeeds =
  | { readonly automatic: true }
  | { readonly automatic: false; readonly by: 'passphrase' }
  | {
      readonly automatic: false;
      readonly by: 'shares';
      readonly threshold: number;
      readonly total: number;
    };

/** A seal just made. The sealing key is the caller's to dispose. */
export interface NewSeal<Parameters> {
  readonly parameters: Parameters;
  readonly sealingKey: Secret;
  /** Handed out once, one line of text each; they are stored nowhere. */
  readonly shares?: readonly string[];
}

/** Why a sealing key opens nothing of a header, in the words of the seal's kind. */
export interface MismatchText {
  readonly reason: string;
  readonly nextStep: string;
}

/**
 * One kind of seal. A seal gives a 32-byte sealing key, which wraps the root keys in the seal header; what it needs to
 * give that key again are its parameters, which are stored in the header, and the input. Neither parameters nor header
 * are trusted when `open` is called: only a sealing key that opens the header proves them.
 *
 * A seal in hardware keeps its own key there and stores the sealing key wrapped by that key among its parameters, as
 * the kms seal does. The root keys come into this process's memory in any case.
 */
export interface SealProvider<Parameters, Request extends SealPlace = SealPlace> {
  readonly kind: string;
  /** Bounds everything in the parameters; they hold strings, whole numbers and lists of strings only. */
  readonly parametersSchema: z.ZodType<Parameters>;
  readonly mismatch: MismatchText;
  /** Throws a SealRefusal for a request that gives no good seal. */
  create(request: Request): Promise<NewSeal<Parameters>>;
  /** The sealing key, the caller's to dispose. Throws a SealRefusal where the seal gives none. */
  open(parameters: Parameters, input: SealInput): Promise<Secret>;
  needs(parameters: Parameters): UnsealingNeeds;
  /** Removes for good what the seal keeps outside the header, if anything. */
  forget?(place: SealPlace): void;
}
