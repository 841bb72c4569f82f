import {
  CreateKeyCommand,
  DescribeKeyCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import type { TestService } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { continueStore, fillStore, withKeys } from '../integrity/stopped-store.test-support.ts';
import { keyMaterialTable } from '../storage/tables.ts';

const second = 'us-east-1';

/** A store whose replicas are Creating, each with two key materials; answers the ids. */
async function withUnsettledKeys(count: number) {
  const keyIds: string[] = [];
  const store = await fillStore(
    async (service) => {
      const kms = service.client();
      for (let n = 0; n < count; n++) {
        const { KeyMetadata } = await kms.send(new CreateKeyCommand({ MultiRegion: true }));
        const KeyId = KeyMetadata?.KeyId ?? '';
        await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
        await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: second }));
        keyIds.push(KeyId);
      }
    },
    { isSettlingHeld: () => true },
  );
  onTestFinished(() => {
    store.remove();
  });
  return { dataDir: store.dataDir, keyIds };
}

async function stateIn(service: TestService, KeyId: string): Promise<string | undefined> {
  const client = service.client({ region: second });
  return (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;
}

/** Everything that was written to standard error until the end of the test. */
function standardError(): readonly string[] {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  return lines;
}

describe('Settling at a start', () => {
  it('makes every replica Enabled before the first request is served', async () => {
    const { dataDir, keyIds } = await withUnsettledKeys(3);
    await continueStore(dataDir, async (service) => {
      const states = await Promise.all(keyIds.map((keyId) => stateIn(service, keyId)));
      expect(states).toEqual(['Enabled', 'Enabled', 'Enabled']);
    });
  });

  it.each([
    ['the current one', 1],
    ['an older one', 0],
  ])(
    'leaves a replica Creating of whose key materials one does not open, with an alarm, and settles the others: %s',
    async (_which, ordinal) => {
      const { dataDir, keyIds } = await withUnsettledKeys(2);
      const [broken = '', sound = ''] = keyIds;
      await withKeys(dataDir, ({ read, put }) => {
        const row = read(keyMaterialTable, { region: second, key_id: broken, ordinal });
        const { wrapped } = read(keyMaterialTable, { region: second, key_id: sound, ordinal });
        put(keyMaterialTable, { ...row, wrapped: wrapped ?? null }, row.version + 1);
      });
      const written = standardError();
      await continueStore(dataDir, async (service) => {
        expect(await stateIn(service, broken)).toBe('Creating');
        expect(await stateIn(service, sound)).toBe('Enabled');
      });
      expect(written.join('')).toContain('synchronisation of a multi-Region key failed');
    },
  );
});
