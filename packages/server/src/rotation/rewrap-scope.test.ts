import { describe, expect, it, vi } from 'vitest';
import type { Query } from '../storage/query.ts';
import { keyMaterialTable } from '../storage/tables.ts';
import { rewrapScope, type RewrapParts } from './rewrap-scope.ts';

const oldId = '0'.repeat(32);
const row = {
  account_id: '000000000000',
  region: 'eu-west-2',
  key_id: 'bc436485-5092-42b8-92a3-0aa8b93536dc',
  material_id: 'material',
  ordinal: 0,
  wrapped: new Uint8Array(94),
  created_at: 0,
  rotation_type: null,
  version: 3,
  domain_key_id: oldId,
  mac: new Uint8Array(32),
};

/** A store whose one row of key material had its key taken away after the walk read it. */
function withoutKey(presentRows: readonly object[]) {
  const raise = vi.fn();
  const storage = {
    soundPage: ({ table }: Query) =>
      Promise.resolve({ rows: table === keyMaterialTable ? [row] : [], read: 1, next: undefined }),
    soundRows: () => Promise.resolve(presentRows),
    snapshot: () => [[]],
  };
  const parts = { storage, alarm: { raise } } as unknown as RewrapParts;
  const walk = () =>
    rewrapScope(
      parts,
      'region/eu-west-2',
      oldId,
      () => false,
      () => undefined,
    );
  return { walk, raise };
}

describe('Key material whose key is gone when it is its turn to be rewrapped', () => {
  it.each([
    ['destroyed', []],
    ['written anew', [{ ...row, version: 4 }]],
  ])('is looked at again, and is no alarm, where it was %s meanwhile as well', async (_what, present) => {
    const { walk, raise } = withoutKey(present);
    expect(await walk()).toMatchObject({ old: 1, unsound: 0 });
    expect(raise).not.toHaveBeenCalled();
  });

  it('is an alarm, and keeps the old key, where it is still there', async () => {
    const { walk, raise } = withoutKey([row]);
    expect(await walk()).toMatchObject({ old: 0, unsound: 1 });
    expect(raise).toHaveBeenCalledOnce();
  });
});
