import { parseKeyArn } from '../keys/key-arn.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { RowIntegrityError } from '../storage/row-protection.ts';
import type { Row } from '../storage/table.ts';
import { keyLastUsageTable, kmsKeyTable } from '../storage/tables.ts';
import { type Change, type ExpectedVersion, insert, update } from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import type { KeyUsage, LastUsages } from './last-usages.ts';

/** Reading their rows keeps the event loop for a millisecond or two. */
const keysAtOnce = 64;

/** Who changes a key again and again does not keep the others from being stored for ever. */
const mostAttempts = 5;

interface Parts {
  readonly storage: Storage;
  readonly usages: LastUsages;
  readonly alarm: Alarm;
}

/** What storing a usage changes, and what it rests on. */
interface Step {
  readonly expect: ExpectedVersion;
  readonly change: Change;
}

/**
 * Writes the rows of `key_last_usage`. No head counts these: they are what the journal's records say, and there are no
 * records of them. No row is made for a key that was destroyed meanwhile.
 */
export class UsageRows {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws where something could not be stored; all of it stays in memory then that the store does not hold. */
  async save(all: readonly KeyUsage[]): Promise<void> {
    for (let from = 0; from < all.length; from += keysAtOnce) {
      const some = all.slice(from, from + keysAtOnce);
      if (await this.#commit(some)) continue;
      // Somebody changed one of the keys: each alone.
      for (const usage of some) await this.#saveOne(usage);
    }
  }

  async #saveOne(usage: KeyUsage): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (await this.#commit([usage])) return;
      if (attempt === mostAttempts) throw new Error(`the key ${usage.arn} was changed again and again`);
    }
  }

  /** False on a conflict. */
  async #commit(some: readonly KeyUsage[]): Promise<boolean> {
    const { storage, usages } = this.#parts;
    const done: KeyUsage[] = [];
    const steps: Step[] = [];
    for (const usage of some) {
      const step = await this.#stepFor(usage);
      if (step === 'damaged') continue;
      done.push(usage);
      if (step !== 'destroyed') steps.push(step);
    }
    if (steps.length > 0) {
      const result = await storage.commit({
        head: undefined,
        expect: steps.map(({ expect }) => expect),
        changes: steps.map(({ change }) => change),
        audit: undefined,
      });
      if (result.kind === 'conflict') return false;
      if (result.kind === 'failed') throw new Error(result.reason);
    }
    for (const usage of done) usages.saved(usage);
    return true;
  }

  async #stepFor(usage: KeyUsage): Promise<Step | 'destroyed' | 'damaged'> {
    const { storage, usages, alarm } = this.#parts;
    const address = parseKeyArn(usage.arn);
    if (address === undefined || !usages.isWaiting(usage.arn)) return 'destroyed';
    const { accountId, region, keyId } = address;
    const key = { account_id: accountId, region, key_id: keyId };
    try {
      const [[keyRow], [row]] = await storage.snapshot(
        select(kmsKeyTable, key),
        select(keyLastUsageTable, key),
      );
      if (keyRow === undefined) return 'destroyed';
      return {
        expect: { table: kmsKeyTable.name, key: [accountId, region, keyId], version: keyRow.version },
        change: changeOf(row, key, usage),
      };
    } catch (error) {
      // It stays in memory, and the other keys do not wait for it.
      if (!(error instanceof RowIntegrityError)) throw error;
      alarm.raise('the last usage of a key could not be stored', { key: usage.arn, reason: error.message });
      return 'damaged';
    }
  }
}

function changeOf(
  row: Row<typeof keyLastUsageTable> | undefined,
  key: { readonly account_id: string; readonly region: string; readonly key_id: string },
  { operation, usedAt, eventId, requestId }: KeyUsage,
): Change {
  const values = { operation, used_at: usedAt, event_id: eventId, request_id: requestId };
  return row === undefined
    ? insert(keyLastUsageTable, { ...key, ...values })
    : update(keyLastUsageTable, row, values);
}
