import { keyLastUsageOperation, type KeyLastUsageOperation } from '@keyhaven/api-model';
import { keyArn } from '../keys/key-arn.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { Call } from '../pipeline/call.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { keyLastUsageTable, kmsKeyTable } from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';

/** One successful cryptographic operation of a key, as its journal record tells it. */
export interface KeyUsage {
  readonly arn: string;
  readonly operation: KeyLastUsageOperation;
  /** Service time, epoch milliseconds. */
  readonly usedAt: number;
  readonly eventId: string;
  readonly requestId: string;
}

/** From this many keys on, what is known of their use is stored at once and not at the minute's end. */
const mostUnsavedKeys = 10_000;

const counted: ReadonlySet<string> = new Set(keyLastUsageOperation.values);

/** Whether a use of a key by this operation counts. */
export function isCounted(operation: string): operation is KeyLastUsageOperation {
  return counted.has(operation);
}

/**
 * When each key was last used. A request only notes it here, in memory; `UsageWriter` stores it behind the requests, and
 * from then on the store tells it. At most one entry a key, and only for keys that were used since the last save.
 */
export class LastUsages {
  readonly #storage: Storage;
  /** By key ARN. Not in the store yet. */
  readonly #unsaved = new Map<string, KeyUsage>();
  #onCrowded: () => void = () => undefined;
  #isCrowded = false;
  #trackedSince = 0;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Since when every use was noted, epoch milliseconds. */
  get trackedSince(): number {
    return this.#trackedSince;
  }

  trackSince(time: number): void {
    this.#trackedSince = time;
  }

  /** Hears once of many entries, and again after they were saved. */
  whenCrowded(listener: () => void): void {
    this.#onCrowded = listener;
  }

  /** Notes a request that succeeded, with the event id of the record that is about to be appended. */
  note({ operation, loaded, receivedAt, requestId }: NotedCall, eventId: string): void {
    const { name } = operation;
    if (!isCounted(name)) return;
    for (const { arn } of operation.target.keys(loaded))
      this.add({ arn, operation: name, usedAt: receivedAt, eventId, requestId });
  }

  /** The order of these calls is that of the journal: the last one counts, whatever the clock said. */
  add(usage: KeyUsage): void {
    this.#unsaved.set(usage.arn, usage);
    if (this.#unsaved.size < mostUnsavedKeys || this.#isCrowded) return;
    this.#isCrowded = true;
    this.#onCrowded();
  }

  /** Undefined where the key was not used since `trackedSince`. */
  find({ arn, row }: KmsKey): Maybe<KeyUsage | undefined> {
    const unsaved = this.#unsaved.get(arn);
    if (unsaved !== undefined) return unsaved;
    const { account_id, region, key_id } = row;
    const query = select(keyLastUsageTable, { account_id, region, key_id });
    return andThen(this.#storage.snapshot(query), ([[saved]]) => {
      // An older one says nothing: the key may have been used between it and the time from which on all is known.
      if (saved === undefined || saved.used_at < this.#trackedSince) return undefined;
      if (!isCounted(saved.operation)) throw new Error(`${saved.operation} is no use of a key`);
      return {
        arn,
        operation: saved.operation,
        usedAt: saved.used_at,
        eventId: saved.event_id,
        requestId: saved.request_id,
      };
    });
  }

  /** For how many keys something waits to be stored. */
  get size(): number {
    return this.#unsaved.size;
  }

  /** What waits to be stored. */
  unsaved(): readonly KeyUsage[] {
    return [...this.#unsaved.values()];
  }

  /** Whether something waits to be stored for the key: not once it was destroyed. */
  isWaiting(arn: string): boolean {
    return this.#unsaved.has(arn);
  }

  /** The store holds it. What the key was used for since stays. */
  saved(usage: KeyUsage): void {
    if (this.#unsaved.get(usage.arn) === usage) this.#unsaved.delete(usage.arn);
  }

  /** A round of saving is over. */
  saveEnded(): void {
    this.#isCrowded = false;
  }

  /** The key was destroyed. One that later has the same ARN, a replica that is made anew, has not been used. */
  drop(arn: string): void {
    this.#unsaved.delete(arn);
  }

  /** Drops what is known of keys that a committed unit destroyed. */
  forget(changes: readonly Change[]): void {
    for (const { table, key, row } of changes) {
      if (table !== kmsKeyTable.name || row !== undefined) continue;
      const [accountId, region, keyId] = key;
      this.drop(keyArn(String(accountId), String(region), String(keyId)));
    }
  }
}

type NotedCall = Readonly<Pick<Call, 'operation' | 'loaded' | 'receivedAt' | 'requestId'>>;
