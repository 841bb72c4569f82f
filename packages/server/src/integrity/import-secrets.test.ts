import { DeleteImportedKeyMaterialCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importParametersTable, keyMaterialTable, materialFingerprintTable } from '../storage/tables.ts';
import { makeImportedKey } from './imported-key.test-support.ts';
import {
  copyOf,
  examineStopped,
  fillStore,
  type StoppedStore,
  withKeys,
} from './stopped-store.test-support.ts';

let store: StoppedStore;
let keys: readonly string[];

beforeAll(async () => {
  store = await fillStore(async (service) => {
    const kms = service.client();
    keys = [await makeImportedKey(kms), await makeImportedKey(kms), await makeImportedKey(kms)];
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: keys[2] }));
  });
});
afterAll(() => {
  store.remove();
});

const damageOf = async (dataDir: string) =>
  (await examineStopped(dataDir)).findings
    .filter(({ severity }) => severity === 'damage')
    .map(({ check, table }) => ({ check, table }));

describe('The examination of what is stored for imports', () => {
  it('finds nothing wrong, material that was deleted and left its row included', async () => {
    expect(await damageOf(copyOf(store.dataDir))).toEqual([]);
  });

  it.each([materialFingerprintTable, importParametersTable, keyMaterialTable])(
    'finds a secret that was wrapped for another row, in $name',
    async (table) => {
      const copy = copyOf(store.dataDir);
      await withKeys(copy, ({ read, put }) => {
        const [one, other] = [read(table, { key_id: keys[0] ?? '' }), read(table, { key_id: keys[1] ?? '' })];
        put(table, { ...one, wrapped: other['wrapped'] ?? null }, one.version);
      });
      expect(await damageOf(copy)).toEqual([{ check: 'wrapped-secret', table: table.name }]);
    },
  );

  it.each([materialFingerprintTable, importParametersTable])(
    'finds a row of a key that is not there, in $name',
    async (table) => {
      const copy = copyOf(store.dataDir);
      await withKeys(copy, ({ read, put }) => {
        put(table, { ...read(table, { key_id: keys[0] ?? '' }), key_id: 'nobody' }, 1);
      });
      const found = await damageOf(copy);
      expect(found).toContainEqual({ check: 'row-without-key', table: table.name });
    },
  );
});
