import type { KeyDirectory } from '../keys/key-directory.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import type { Committer } from '../pipeline/committer.ts';
import { CommitConflict } from '../storage/unit-of-work.ts';
import type { KeyStore } from '../key-stores/port.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import type { Query } from '../storage/query.ts';
import type { kmsKeyTable } from '../storage/tables.ts';
import type { Alarm } from '../telemetry/alarm.ts';

/** What the jobs that go through keys work with. */
export interface JobParts {
  readonly storage: IntegrityStorage;
  readonly directory: KeyDirectory;
  readonly keyStore: KeyStore;
  readonly committer: Committer;
  readonly alarm: Alarm;
}

/**
 * Does something for each key that a query finds, read whole and fresh. A key that is damaged or that fails is an
 * alarm, never the end of the round: the others are due too. Answers for how many it was done.
 */
export async function forEachDueKey(
  { storage, directory, alarm }: JobParts,
  query: Query<typeof kmsKeyTable>,
  job: string,
  carryOut: (key: KmsKey) => Promise<boolean>,
): Promise<number> {
  const raise = (error: unknown) => {
    alarm.raise(`${job} failed`, { reason: error instanceof Error ? error.message : String(error) });
  };
  let done = 0;
  for (const { account_id: accountId, region, key_id: keyId } of await storage.soundRows(query, raise)) {
    try {
      const key = await directory.readKey({ accountId, region, keyId });
      if (key !== undefined && (await carryOut(key))) done++;
    } catch (error) {
      // After a conflict, somebody has changed the key meanwhile: the next round looks at it again.
      if (!(error instanceof CommitConflict)) raise(error);
    }
  }
  return done;
}
