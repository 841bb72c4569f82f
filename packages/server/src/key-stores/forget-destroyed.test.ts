import { describe, expect, it } from 'vitest';
import { keyMaterialTable, kmsKeyTable } from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import { forgetsDestroyed } from './forget-destroyed.ts';

const key = ['000000000000', 'eu-west-2', 'a-key', 'm1'];
const changed = (row: Change['row'], table = keyMaterialTable.name): Change => ({
  table,
  key,
  version: 1,
  row,
});

function forgotten(...changes: readonly Change[]): readonly string[] {
  const names: string[] = [];
  const keyStore = {
    forget: ({ region, material_id }: { readonly region: string; readonly material_id: string }) => {
      names.push(`${region} ${material_id}`);
    },
  };
  forgetsDestroyed(keyStore).forget(changes);
  return names;
}

describe('A key store that is told of commits', () => {
  it('forgets key material whose row is gone', () => {
    expect(forgotten(changed(undefined))).toEqual(['eu-west-2 m1']);
  });

  it('forgets key material whose row is left without its bytes', () => {
    expect(forgotten(changed({ wrapped: new Uint8Array() }))).toEqual(['eu-west-2 m1']);
  });

  it('keeps key material that was made, imported or wrapped anew', () => {
    expect(forgotten(changed({ wrapped: new Uint8Array(77) }))).toEqual([]);
  });

  it('keeps key material where another row of its key is gone', () => {
    expect(forgotten(changed(undefined, kmsKeyTable.name))).toEqual([]);
  });
});
