import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import type { SqlValue } from '../storage/table.ts';
import type { kmsKeyTable } from '../storage/tables.ts';

const pageRows = 500;

/** How many KMS keys each account has, over all Regions; read in pages, so that requests get their turns. */
export async function countByAccount(
  storage: IntegrityStorage,
  table: typeof kmsKeyTable,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  let after: readonly SqlValue[] | undefined;
  do {
    const page = await storage.soundPage(
      select(table, {}, { byKey: { after }, limit: pageRows }),
      () => undefined,
    );
    for (const { account_id } of page.rows) counts.set(account_id, (counts.get(account_id) ?? 0) + 1);
    after = page.next;
    await new Promise((resolve) => setImmediate(resolve));
  } while (after !== undefined);
  return counts;
}
