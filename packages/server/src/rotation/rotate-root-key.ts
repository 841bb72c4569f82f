import type { Secret } from '@keyhaven/crypto';
import { renderServiceEvent } from '../audit/record.ts';
import { type KeyStatus, rootScope } from '../domain-keys/keyring.ts';
import { rewrapUntilNothingRests, type RotationParts, type RotationResult } from './rotation.ts';

/** The seal header, as far as a rotation changes it. Each change is on the disk when it returns. */
export interface RootKeys {
  readonly list: () => readonly { readonly id: string; readonly status: KeyStatus }[];
  /** Makes a root key, and stores it as incoming. */
  readonly addIncoming: () => { readonly id: string; readonly key: Secret };
  /** Makes it current, and the current one retiring. */
  readonly activate: (id: string) => void;
  readonly drop: (id: string) => void;
}

/**
 * Replaces the root key. The phase is what the seal header says of its root keys, so a rotation that a kill ended goes
 * on where it was: distribute (the header holds both), activate, rewrap (every domain key, and what the root key
 * protects, is written anew), retire (the header holds the new one alone).
 * The header always has what the store may rest on: it gains a key before anything is written under it, and loses one
 * after nothing is.
 */
export async function rotateRootKey(parts: RotationParts, rootKeys: RootKeys): Promise<RotationResult> {
  const { keyring } = parts;
  if (rootKeys.list().length === 1) {
    const { id, key } = rootKeys.addIncoming();
    keyring.add(rootScope, id, key, 'incoming');
    await record(parts, 'distribute', id);
  }
  const incoming = rootKeys.list().find(({ status }) => status === 'incoming');
  if (incoming !== undefined) {
    rootKeys.activate(incoming.id);
    keyring.activate(incoming.id);
    await record(parts, 'activate', incoming.id);
  }
  let result: RotationResult = { rowsRewrapped: 0 };
  for (const { id } of rootKeys.list().filter(({ status }) => status === 'retiring')) {
    result = await rewrapUntilNothingRests(parts, rootScope, id);
    rootKeys.drop(id);
    keyring.forget(id);
    await record(parts, 'retire', id);
  }
  return result;
}

export function isRootKeyUnderRotation(rootKeys: RootKeys): boolean {
  return rootKeys.list().length > 1;
}

async function record(
  { committer, clock }: RotationParts,
  phase: 'distribute' | 'activate' | 'retire',
  rootKeyId: string,
): Promise<void> {
  const event = renderServiceEvent('RotateRootKey', clock.now(), { phase, rootKeyId });
  // What still holds the retired key on this disk, copies from before a migration, goes with it.
  await committer.commitService(
    { head: undefined, expect: [], changes: [], destroys: phase === 'retire' },
    event,
  );
}
