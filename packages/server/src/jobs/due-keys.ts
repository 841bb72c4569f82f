import type { KeyDirectory } from '../keys/key-directory.ts';
import type { KeyAddress, KmsKey } from '../keys/kms-key.ts';
import type { Committer } from '../pipeline/committer.ts';
import { CommitConflict } from '../storage/unit-of-work.ts';
import type { KeyStore } from '../key-stores/port.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import type { Query } from '../storage/query.ts';
import type { keyMaterialTable, kmsKeyTable } from '../storage/tables.ts';
import type { Alarm } from '../telemetry/alarm.ts';

/** What the jobs that go through keys work with. */
export interface JobParts {
  readonly storage: IntegrityStorage;
  readonly directory: KeyDirectory;
  readonly keyStore: KeyStore;
  readonly committer: Committer;
  readonly alarm: Alarm;
}

/** Who changes a key again and again wins in the end: the next round looks at it again. */
const mostAttempts = 5;

/**
 * Does something for each key that a query finds, by its own row or by one of its key material, read whole and fresh. A key that is damaged or that fails is an
 * alarm, never the end of the round: the others are due too. Answers for how many it was done.
 */
export async function forEachDueKey(
  { storage, directory, alarm }: JobParts,
  query: Query<typeof kmsKeyTable> | Query<typeof keyMaterialTable>,
  job: string,
  carryOut: (key: KmsKey) => Promise<boolean>,
): Promise<number> {
  const raise = (error: unknown) => {
    alarm.raise(`${job} failed`, { reason: error instanceof Error ? error.message : String(error) });
  };
  const carryOutOne = async (address: KeyAddress): Promise<boolean> => {
    for (let attempt = 1; ; attempt++) {
      const key = await directory.readKey(address);
      if (key === undefined) return false;
      try {
        return await carryOut(key);
      } catch (error) {
        // Somebody has changed the key meanwhile: a request, or a rotation of the keys above it.
        if (!(error instanceof CommitConflict)) throw error;
        if (attempt === mostAttempts) return false;
      }
    }
  };
  let done = 0;
  for (const { account_id: accountId, region, key_id: keyId } of await storage.soundRows(query, raise)) {
    try {
      if (await carryOutOne({ accountId, region, keyId })) done++;
    } catch (error) {
      raise(error);
    }
  }
  return done;
}
