import { z } from 'zod';
import { select } from '../../storage/query.ts';
import { domainKeyTable, tombstoneTable } from '../../storage/tables.ts';
import { act } from '../act.ts';

/**
 * Which destroyed key material may still be opened by whoever has an older copy of the store and the seal: that which
 * was wrapped under a domain key that still exists. It cannot any more once the domain key is retired.
 */
export const destructionStatus = act({
  name: 'destruction-status',
  eventName: 'GetDestructionStatus',
  input: z.strictObject({ limit: z.int().min(1).max(10_000).optional() }),
  recorded: [],
  async run({ limit = 1000 }, { service }) {
    const [materials, domainKeys] = await service().parts.storage.snapshot(
      select(
        tombstoneTable,
        { kind: 'material' },
        { orderBy: 'destroyed_at', descending: true, limit: limit + 1 },
      ),
      select(domainKeyTable, {}),
    );
    const alive = new Set(domainKeys.map(({ id }) => id));
    const listed = materials
      .slice(0, limit)
      .map(({ account_id, region, id, destroyed_at, wrapped_under }) => ({
        accountId: account_id,
        region,
        keyMaterialId: id,
        destroyedAt: new Date(destroyed_at).toISOString(),
        // Where the wrapping key was not written down, it is taken to exist.
        copies:
          wrapped_under === null || alive.has(wrapped_under)
            ? ('open with the seal' as const)
            : ('unreadable' as const),
      }));
    const regions = [
      ...new Set(listed.filter(({ copies }) => copies !== 'unreadable').map(({ region }) => region)),
    ];
    return { materials: listed, isCutShort: materials.length > limit, rotateRegions: regions };
  },
});
