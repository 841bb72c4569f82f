import type { Clock } from '../clock.ts';
import { keyArn } from '../keys/key-arn.ts';
import type { KeyRow } from '../keys/kms-key.ts';
import { isReplica } from '../keys/related-keys.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { heartbeatTable, keyMaterialTable, kmsKeyTable, tombstoneTable } from '../storage/tables.ts';

export interface ListedJob {
  readonly job: 'destroy key' | 'rotate key' | 'expire key material';
  readonly key: string;
  /** ISO 8601. */
  readonly at: string;
  readonly state: 'waiting' | 'due' | 'held' | 'done';
}

type OfKey = Pick<KeyRow, 'account_id' | 'region' | 'key_id'>;

export interface JobList {
  readonly destruction: {
    /** Since when an operator holds it. */
    readonly heldByOperatorSince: string | undefined;
    /** Running time that it still waits for, because the clocks disagreed. */
    readonly heldByClockMs: number;
  };
  readonly jobs: readonly ListedJob[];
  /** Whether there are more of one kind than were asked for. */
  readonly isCutShort: boolean;
}

/**
 * What waits for its time, soonest first, and the last destructions; at most `limit` of each. A multi-Region key rotates
 * in all Regions when its primary does, and is listed there.
 */
export async function listJobs(storage: IntegrityStorage, clock: Clock, limit: number): Promise<JobList> {
  const [[beat], destructions, rotations, expiries, destroyed] = await storage.snapshot(
    select(heartbeatTable, { singleton: 'heartbeat' }),
    select(kmsKeyTable, { state: 'PendingDeletion' }, { orderBy: 'deletion_at', limit: limit + 1 }),
    select(
      kmsKeyTable,
      { state: 'Enabled', rotation_enabled: 1 },
      { orderBy: 'next_rotation_at', limit: limit + 1 },
    ),
    select(
      keyMaterialTable,
      {},
      {
        orderBy: 'expires_at',
        limit: limit + 1,
        atMost: { column: 'expires_at', value: Number.MAX_SAFE_INTEGER },
      },
    ),
    select(tombstoneTable, { kind: 'key' }, { orderBy: 'destroyed_at', descending: true, limit: limit + 1 }),
  );
  const now = clock.now();
  const heldSince = beat?.held_since ?? null;
  const heldByClockMs = beat?.hold_remaining_ms ?? 0;
  const isHeld = heldSince !== null || heldByClockMs > 0;
  const listed = (job: ListedJob['job'], row: OfKey, at: number | null, holds: boolean): ListedJob => ({
    job,
    key: keyArn(row.account_id, row.region, row.key_id),
    at: new Date(at ?? now).toISOString(),
    state: (at ?? now) > now ? 'waiting' : holds ? 'held' : 'due',
  });
  const jobs = [
    ...destructions.slice(0, limit).map((row) => listed('destroy key', row, row.deletion_at, isHeld)),
    ...rotations
      .slice(0, limit)
      .filter((row) => !isReplica(row))
      .map((row) => listed('rotate key', row, row.next_rotation_at, false)),
    ...expiries.slice(0, limit).map((row) => listed('expire key material', row, row.expires_at, isHeld)),
    ...destroyed.slice(0, limit).map(({ account_id, region, id, destroyed_at }) => ({
      job: 'destroy key' as const,
      key: keyArn(account_id, region, id),
      at: new Date(destroyed_at).toISOString(),
      state: 'done' as const,
    })),
  ];
  return {
    destruction: {
      heldByOperatorSince: heldSince === null ? undefined : new Date(heldSince).toISOString(),
      heldByClockMs,
    },
    jobs,
    isCutShort: [destructions, rotations, expiries, destroyed].some((rows) => rows.length > limit),
  };
}
