import { identityHeadTable } from '../storage/identity-tables.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';

/** What every unit holds that changes an account's identities: it raises their head, on which others decide. */
export async function identityHeadChange(storage: Storage, account_id: string, now: number): Promise<Change> {
  const [[head]] = await storage.snapshot(select(identityHeadTable, { account_id }));
  return head === undefined
    ? insert(identityHeadTable, { account_id, changed_at: now })
    : update(identityHeadTable, head, { changed_at: now });
}
