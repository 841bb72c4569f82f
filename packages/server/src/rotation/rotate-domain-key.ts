import { renderServiceEvent } from '../audit/record.ts';
import { identityScope, type KeyStatus } from '../domain-keys/keyring.ts';
import { select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
import { domainKeyTable } from '../storage/tables.ts';
import { type Change, remove, update } from '../storage/unit-of-work.ts';
import { rewrapUntilNothingRests, type RotationParts, type RotationResult } from './rotation.ts';

type DomainKeyRow = Row<typeof domainKeyTable>;

/**
 * Replaces the domain key of a scope. The phase is what the statuses of the scope's rows say, so a rotation that a
 * kill ended goes on where it was:
 * distribute (the new key is stored, and open wherever rows are read or written), activate (what is written from here
 * on is under it), rewrap (all that is under the old one is written anew), retire (the old one is destroyed).
 */
export async function rotateDomainKey(parts: RotationParts, scope: string): Promise<RotationResult> {
  if ((await keysOf(parts, scope)).length === 1) await distribute(parts, scope);
  const keys = await keysOf(parts, scope);
  const incoming = keys.find(({ status }) => status === 'incoming');
  if (incoming !== undefined) await activate(parts, scope, keys, incoming);
  return retire(parts, scope);
}

/** The scopes whose rotation has begun and has not ended. */
export async function scopesUnderRotation({ storage }: RotationParts): Promise<readonly string[]> {
  const [rows] = await storage.snapshot(select(domainKeyTable, {}));
  return [...new Set(rows.filter(({ status }) => status !== 'current').map(({ key_scope }) => key_scope))];
}

async function keysOf({ storage }: RotationParts, scope: string): Promise<readonly DomainKeyRow[]> {
  const [rows] = await storage.snapshot(select(domainKeyTable, { key_scope: scope }));
  return rows;
}

/** This process is the only one that reads or writes the store, so the key is known everywhere once it is open here. */
async function distribute(parts: RotationParts, scope: string): Promise<void> {
  const { keyring } = parts;
  const { id, secret, change } = keyring.newDomainKey(scope, 'incoming');
  await commitPhase(parts, 'distribute', scope, id, [change]);
  keyring.add(scope, id, secret, 'incoming');
}

async function activate(
  parts: RotationParts,
  scope: string,
  keys: readonly DomainKeyRow[],
  incoming: DomainKeyRow,
): Promise<void> {
  const to = (row: DomainKeyRow, status: KeyStatus): Change => update(domainKeyTable, row, { status });
  const others = keys.filter(({ status }) => status === 'current').map((row) => to(row, 'retiring'));
  await commitPhase(parts, 'activate', scope, incoming.id, [to(incoming, 'current'), ...others]);
  parts.keyring.activate(incoming.id);
}

async function retire(parts: RotationParts, scope: string): Promise<RotationResult> {
  let result: RotationResult = { rowsRewrapped: 0 };
  const old = (await keysOf(parts, scope)).filter(({ status }) => status === 'retiring');
  for (const { id } of old) {
    result = await rewrapUntilNothingRests(parts, scope, id);
    // Read again: a rotation of the root key may have written the row anew.
    const row = (await keysOf(parts, scope)).find((one) => one.id === id);
    if (row !== undefined) await commitPhase(parts, 'retire', scope, id, [remove(domainKeyTable, row)]);
    parts.keyring.forget(id);
  }
  return result;
}

async function commitPhase(
  { committer, clock }: RotationParts,
  phase: 'distribute' | 'activate' | 'retire',
  scope: string,
  domainKeyId: string,
  changes: readonly Change[],
): Promise<void> {
  const scoped = scope === identityScope ? { scope } : { scope, awsRegion: scope.slice('region/'.length) };
  const event = renderServiceEvent('RotateDomainKey', clock.now(), { ...scoped, phase, domainKeyId });
  // A retired key leaves the disk at once: copies of what it wrapped must not open any more.
  await committer.commitService(
    { head: undefined, expect: [], changes, destroys: phase === 'retire' },
    event,
  );
}
