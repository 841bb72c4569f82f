import type { KeyStore } from './port.ts';
import { keyMaterialTable } from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';

/**
 * Lets a key store forget whatever a commit destroyed: rows of key material that are gone, or are left without their
 * bytes. It is told of every commit, so that no destruction can be forgotten about.
 */
export function forgetsDestroyed(keyStore: Pick<KeyStore, 'forget'>): {
  forget(changes: readonly Change[]): void;
} {
  return {
    forget(changes) {
      for (const { table, key, row } of changes) {
        if (table !== keyMaterialTable.name || !isDestroyed(row)) continue;
        const [, region, , materialId] = key;
        keyStore.forget({ region: String(region), material_id: String(materialId) });
      }
    },
  };
}

function isDestroyed(row: Change['row']): boolean {
  const wrapped = row?.['wrapped'];
  return row === undefined || (wrapped instanceof Uint8Array && wrapped.length === 0);
}
