import { andThen } from '../../maybe.ts';
import type { Permission } from '../../authorization/permission.ts';
import type { Target } from '../operation.ts';
import type { OneKey } from './key.ts';

interface WithLastUse {
  /** Epoch milliseconds; where no use is known, since when one would be. */
  readonly unusedSince: number;
}

/** DisableKey and ScheduleKeyDeletion: policies may protect keys that were used lately (`kms:TrailingDaysWithoutKeyUsage`). */
export function withLastUse<Input, Loaded extends OneKey>(
  target: Target<Input, Loaded>,
): Target<Input, Loaded & WithLastUse> {
  return {
    keys: (loaded) => target.keys(loaded),
    permissions: (loaded, call, action) =>
      [...target.permissions(loaded, call, action)].map((permission): Permission => {
        const { unusedSince } = loaded;
        return permission.kind === 'key' ? { ...permission, unusedSince } : permission;
      }),
    load: (call, ports) =>
      andThen(target.load(call, ports), (loaded) =>
        andThen(ports.lastUsages.find(loaded.key), (usage) => {
          const tracked = Math.max(loaded.key.row.created_at, ports.lastUsages.trackedSince);
          return { ...loaded, unusedSince: usage?.usedAt ?? tracked };
        }),
      ),
  };
}
