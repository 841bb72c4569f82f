import { z } from 'zod';
import { regionScope } from '../../domain-keys/keyring.ts';
import { listJobs } from '../../jobs/list-jobs.ts';
import { select } from '../../storage/query.ts';
import type { Row, SqlValue } from '../../storage/table.ts';
import { domainKeyTable, tombstoneTable } from '../../storage/tables.ts';
import { act, type ActContext } from '../act.ts';

/** Destroyed key material that one domain key had wrapped. */
interface Destroyed {
  readonly scope: string;
  readonly domainKeyId: string;
  readonly materials: number;
  readonly lastDestroyedAt: string;
  readonly isDomainKeyRetired: boolean;
}

const mostScheduled = 1000;

/**
 * Under which domain keys destroyed key material was wrapped, and whether this installation still has them. That one is
 * retired says nothing of older backups: each holds the domain keys and the seal header of its time.
 */
export const destructionStatus = act({
  name: 'destruction-status',
  eventName: 'GetDestructionStatus',
  input: z.strictObject({}),
  recorded: [],
  async run(_input, context) {
    const { storage } = context.service().parts;
    const { destruction, jobs } = await listJobs(storage, context.clock, mostScheduled);
    const { heldByClockMs, heldByOperatorSince } = destruction;
    return {
      isHeld: heldByOperatorSince !== undefined,
      ...(heldByClockMs === 0
        ? {}
        : { waitsUntil: new Date(context.clock.now() + heldByClockMs).toISOString() }),
      scheduled: jobs
        .filter(({ job, state }) => job === 'destroy key' && state !== 'done')
        .map(({ key, at }) => ({ keyArn: key, deletionDate: at })),
      destroyed: await countDestroyed(context),
    };
  },
});

/** By wrapping key; where that was not written down, it is taken to exist. */
async function countDestroyed({ service }: ActContext): Promise<readonly Destroyed[]> {
  const { storage } = service().parts;
  const [domainKeys] = await storage.snapshot(select(domainKeyTable, {}));
  const alive = new Set(domainKeys.map(({ id }) => id));
  const counted = new Map<string, Destroyed>();
  let after: readonly SqlValue[] | undefined;
  do {
    const query = select(tombstoneTable, { kind: 'material' }, { byKey: { after }, limit: 500 });
    const page = await storage.soundPage(query, () => undefined);
    for (const row of page.rows) count(row, alive, counted);
    after = page.next;
    await new Promise((resolve) => setImmediate(resolve));
  } while (after !== undefined);
  return [...counted.values()];
}

function count(
  { region, destroyed_at, wrapped_under }: Row<typeof tombstoneTable>,
  alive: ReadonlySet<string>,
  counted: Map<string, Destroyed>,
): void {
  const domainKeyId = wrapped_under ?? 'unknown';
  const name = `${regionScope(region)} ${domainKeyId}`;
  const before = counted.get(name);
  const at = new Date(destroyed_at).toISOString();
  counted.set(name, {
    scope: region,
    domainKeyId,
    materials: (before?.materials ?? 0) + 1,
    lastDestroyedAt: before === undefined || before.lastDestroyedAt < at ? at : before.lastDestroyedAt,
    isDomainKeyRetired: wrapped_under !== null && !alive.has(wrapped_under),
  });
}
