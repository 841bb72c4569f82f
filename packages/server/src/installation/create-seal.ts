import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { randomHex, randomUuid, Secret } from '@keyhaven/crypto';
import { listSegments } from '../audit/segment.ts';
import { forgetSeal, newSeal, openSeal, type RequestByKind, type SealKind } from '../seal/providers.ts';
import { composeHeader, type SealHeader } from '../seal/seal-header.ts';
import { StartRefusal } from '../start-refusal.ts';
import { holdsRows } from '../storage/sqlite/holds-rows.ts';
import type { OpenSeal } from './open-seal.ts';
import type { DataFolder } from './data-folder.ts';

/** What a new seal is asked for; where it stands is filled in here. */
export type SealRequest = {
  readonly [K in SealKind]: { readonly kind: K } & Omit<RequestByKind[K], 'installationId' | 'dataFolder'>;
}[SealKind];

export interface CreatedSeal {
  readonly header: SealHeader;
  /** The caller's to dispose. */
  readonly sealingKey: Secret;
  readonly shares: readonly string[];
}

/** A new installation: its id, its root key and its seal. Nothing is written but what a seal keeps for itself. */
export async function createSeal(
  folder: DataFolder,
  { kind, ...request }: SealRequest,
): Promise<CreatedSeal> {
  const installationId = randomUuid();
  const place = { installationId, dataFolder: folder.path };
  const made = await makeOrTakeUp(folder, kind, { ...request, ...place });
  using rootKey = Secret.random(32);
  const rootKeys = [{ id: randomHex(16), status: 'current' as const, key: rootKey }];
  const header = composeHeader({ installationId, seal: made.seal, sealingKey: made.sealingKey, rootKeys });
  return { header, sealingKey: made.sealingKey, shares: made.shares ?? [] };
}

/** A start that was cut short may have left the file seal's key, which sealed nothing yet. */
async function makeOrTakeUp(folder: DataFolder, kind: SealKind, request: RequestByKind[SealKind]) {
  if (kind === 'file' && existsSync(folder.fileSeal)) {
    const seal = { kind, parameters: {} } as const;
    return { seal, sealingKey: await openSeal(seal, request), shares: [] };
  }
  return newSeal(kind, request);
}

/** Another seal around the same root keys; one of shares only when `confirmSeal` is called with the ticket. */
export interface ChangedSeal {
  readonly shares: readonly string[];
  readonly ticket: string | undefined;
}

/**
 * Puts another seal around the same root keys. A seal of shares is only prepared: were it put there before its shares are
 * where they belong, a kill in between would leave nobody who could open it.
 */
export async function changeSeal(
  open: OpenSeal,
  { kind, ...request }: SealRequest,
  dataFolder: string,
): Promise<ChangedSeal> {
  const { installationId, seal: before } = open.header;
  const place = { installationId, dataFolder };
  const { seal, sealingKey, shares = [] } = await newSeal(kind, { ...request, ...place });
  if (shares.length > 0) return { shares, ticket: open.prepare(seal, sealingKey) };
  open.changeSeal(seal, sealingKey);
  forgetSeal(before.kind, place);
  return { shares, ticket: undefined };
}

/** Puts a prepared seal there; false where there is none under that ticket. */
export function confirmSeal(open: OpenSeal, ticket: string, dataFolder: string): boolean {
  const { installationId, seal: before } = open.header;
  if (!open.adopt(ticket)) return false;
  // Last: until the new header is on the disk, it is what opens the old one.
  forgetSeal(before.kind, { installationId, dataFolder });
  return true;
}

/** The name of the file that stands in a folder from the beginning of `keyhaven init` to its end. */
export const initMarkerName = 'init-unfinished';

/** A new root key is made only where nothing can rest on an older one. */
export function refuseLostHeader(folder: DataFolder): void {
  if (existsSync(join(folder.path, initMarkerName))) {
    throw new StartRefusal(
      `The folder ${folder.path} holds an installation whose making was cut short.`,
      `Run keyhaven init again: it begins anew, and nothing is lost.`,
    );
  }
  let found: string | undefined;
  try {
    if (holdsRows(folder.database)) found = 'a database';
    else if (holdsJournal(folder)) found = 'a journal';
  } catch {
    found = 'a database that cannot be read';
  }
  if (found === undefined) return;
  throw new StartRefusal(
    `The folder ${folder.path} holds ${found} but no seal header.`,
    'Restore seal.json from a backup: nothing in the database opens without it.',
  );
}

export function holdsJournal(folder: DataFolder): boolean {
  return existsSync(folder.journal) && listSegments(folder.journal).length > 0;
}
