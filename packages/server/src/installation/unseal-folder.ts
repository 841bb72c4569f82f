import type { Secret } from '@keyhaven/crypto';
import { openSeal, unsealingNeeds } from '../seal/providers.ts';
import type { UnsealingNeeds } from '../seal/port.ts';
import { openRootKeys, type SealHeader } from '../seal/seal-header.ts';
import type { Unsealed } from './open-installation.ts';

export type { UnsealingNeeds };

/** What a person enters to open a seal. Whoever gets it disposes of it. */
export interface Entered {
  readonly passphrase?: Secret;
  readonly shares?: readonly Secret[];
}

/** Asks for what a seal needs; not called where it needs nothing. */
export type EnterSecrets = (needs: Exclude<UnsealingNeeds, { readonly automatic: true }>) => Promise<Entered>;

/** Where nobody can be asked. */
export function enterNothing(): Promise<Entered> {
  return Promise.resolve({});
}

/** Opens the seal of a folder that no service serves. Nothing in the folder changes. Throws SealRefusal. */
export async function unsealHeader(
  header: SealHeader,
  dataFolder: string,
  enter: EnterSecrets,
): Promise<Unsealed> {
  const { installationId, seal } = header;
  const needs = unsealingNeeds(seal);
  const entered = needs.automatic ? {} : await enter(needs);
  try {
    using sealingKey = await openSeal(seal, { installationId, dataFolder, ...entered });
    return { installationId, rootKeys: openRootKeys(header, sealingKey) };
  } finally {
    entered.passphrase?.dispose();
    for (const share of entered.shares ?? []) share.dispose();
  }
}
