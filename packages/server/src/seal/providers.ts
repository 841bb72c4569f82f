import type { Secret } from '@keyhaven/crypto';
import { fileSeal, type FileSealParameters } from './file-seal.ts';
import { kmsSeal, type KmsSealParameters, type KmsSealRequest } from './kms-seal.ts';
import {
  passphraseSeal,
  type PassphraseSealParameters,
  type PassphraseSealRequest,
} from './passphrase-seal.ts';
import type { MismatchText, NewSeal, SealInput, SealPlace, SealProvider, UnsealingNeeds } from './port.ts';
import { shamirSeal, type ShamirSealParameters, type ShamirSealRequest } from './shamir-seal.ts';

/** What the header stores for each kind of seal. */
interface ParametersByKind {
  readonly file: FileSealParameters;
  readonly passphrase: PassphraseSealParameters;
  readonly shamir: ShamirSealParameters;
  readonly kms: KmsSealParameters;
}

/** What the making of each kind of seal is told. */
export interface RequestByKind {
  readonly file: SealPlace;
  readonly passphrase: PassphraseSealRequest;
  readonly shamir: ShamirSealRequest;
  readonly kms: KmsSealRequest;
}

export { isBelowDefaults } from './passphrase-seal.ts';

export type SealKind = keyof ParametersByKind;

/** A seal as the header names it: its kind, and the parameters of that kind. */
export type SealDescription<Kind extends SealKind = SealKind> = {
  readonly [K in Kind]: { readonly kind: K; readonly parameters: ParametersByKind[K] };
}[Kind];

/** Every kind of seal. Adding one is adding a row here and in the two tables above. */
const providers: { readonly [K in SealKind]: SealProvider<ParametersByKind[K], RequestByKind[K]> } = {
  file: fileSeal,
  passphrase: passphraseSeal,
  shamir: shamirSeal,
  kms: kmsSeal,
};

export function isSealKind(kind: string): kind is SealKind {
  return Object.hasOwn(providers, kind);
}

/** Reads parameters that came from outside; undefined where they are not those of the kind. */
export function parseSeal<K extends SealKind>(kind: K, parameters: unknown): SealDescription<K> | undefined {
  const parsed = providers[kind].parametersSchema.safeParse(parameters);
  return parsed.success ? { kind, parameters: parsed.data } : undefined;
}

/** Makes a seal of the kind. Throws a SealRefusal for a request that gives no good seal. */
export async function newSeal<K extends SealKind>(
  kind: K,
  request: RequestByKind[K],
): Promise<Omit<NewSeal<ParametersByKind[K]>, 'parameters'> & { readonly seal: SealDescription<K> }> {
  const { parameters, ...made } = await providers[kind].create(request);
  return { ...made, seal: { kind, parameters } };
}

/** The sealing key that the seal gives, the caller's to dispose. Throws a SealRefusal where it gives none. */
export function openSeal<K extends SealKind>(seal: SealDescription<K>, input: SealInput): Promise<Secret> {
  return providers[seal.kind].open(seal.parameters, input);
}

/** What must be entered to open the seal, if anything. */
export function unsealingNeeds<K extends SealKind>(seal: SealDescription<K>): UnsealingNeeds {
  return providers[seal.kind].needs(seal.parameters);
}

/**
 * Removes what a seal of this kind keeps outside the header. Only once a header under another seal is on the disk:
 * before, nothing would open any more.
 */
export function forgetSeal(kind: SealKind, place: SealPlace): void {
  providers[kind].forget?.(place);
}

/** What to say when a sealing key of this kind opens nothing. */
export function mismatchText(kind: SealKind): MismatchText {
  return providers[kind].mismatch;
}
