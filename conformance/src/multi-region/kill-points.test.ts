import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { verifyJournal } from '../durability/journal-verifier.ts';
import { type ServedFolder, serveFolder } from '../durability/served-folder.ts';
import { readStoredFacts } from '../durability/stored-facts.ts';
import { developer, SignedConnection } from '../running/signed-connection.ts';
import { home, second } from './regions.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-multi-region-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

interface Description {
  readonly KeyState: string;
  readonly MultiRegionConfiguration: { readonly MultiRegionKeyType: string };
}

async function describeIn(service: ServedFolder, region: string, KeyId: string): Promise<Description> {
  const connection = new SignedConnection(service.url, developer, region);
  const { json } = await connection.send('DescribeKey', { KeyId });
  connection.close();
  return json['KeyMetadata'] as Description;
}

/** Serves a folder until it is killed at the point, which `act` brings about, and starts it again. */
async function killedAt(
  point: string,
  prepare: (connection: SignedConnection, KeyId: string, url: string) => Promise<void>,
  act: (connection: SignedConnection, KeyId: string) => Promise<unknown>,
) {
  const dataDir = join(temporaryFolder(), 'data');
  const armed = join(temporaryFolder(), 'armed');
  const killed = await serveFolder(dataDir, {
    nodeFlags: ['--import', pathToFileURL(join(import.meta.dirname, '../running/kill-at.ts')).href],
    environment: { KILL_AT: point, KILL_AT_ARMED: armed },
  });
  onTestFinished(() => killed.kill());
  const connection = new SignedConnection(killed.url);
  const { json } = await connection.send('CreateKey', { MultiRegion: true });
  const { KeyId } = json['KeyMetadata'] as { readonly KeyId: string };
  const { json: made } = await connection.send('Encrypt', { KeyId, Plaintext: 'eA==' });
  await prepare(connection, KeyId, killed.url);
  writeFileSync(armed, '');
  const acted = act(connection, KeyId).then(
    () => 'answered',
    () => 'cut off',
  );
  expect(await killed.ended()).toBeNull();
  const outcome = await acted;
  connection.close();

  const service = await serveFolder(dataDir);
  onTestFinished(() => service.kill());
  return { service, dataDir, KeyId, blob: String(made['CiphertextBlob']), outcome };
}

async function expectSound({ service, dataDir }: { service: ServedFolder; dataDir: string }): Promise<void> {
  expect(service.errorLines()).toEqual([]);
  await service.stop();
  expect(readStoredFacts(dataDir).flaws).toEqual([]);
  verifyJournal(join(dataDir, 'journal'));
}

describe('A service that is killed', () => {
  it.each(['after replicate', 'before settle', 'after settle'])(
    'has settled the new replica by the time that it serves again: %s',
    async (point) => {
      const trial = await killedAt(
        point,
        () => Promise.resolve(),
        (connection, KeyId) => connection.send('ReplicateKey', { KeyId, ReplicaRegion: second }),
      );
      const { service, KeyId, blob } = trial;
      expect((await describeIn(service, second, KeyId)).KeyState).toBe('Enabled');
      const connection = new SignedConnection(service.url, developer, second);
      expect((await connection.send('Decrypt', { CiphertextBlob: blob })).json['Plaintext']).toBe('eA==');
      connection.close();
      await expectSound(trial);
    },
  );

  it('has no replica where the replication was not committed, and says so of none', async () => {
    const trial = await killedAt(
      'before replicate',
      () => Promise.resolve(),
      (connection, KeyId) => connection.send('ReplicateKey', { KeyId, ReplicaRegion: second }),
    );
    expect(trial.outcome).toBe('cut off');
    const connection = new SignedConnection(trial.service.url, developer, second);
    expect((await connection.send('DescribeKey', { KeyId: trial.KeyId })).error).toBe('NotFoundException');
    connection.close();
    expect((await describeIn(trial.service, home, trial.KeyId)).KeyState).toBe('Enabled');
    await expectSound(trial);
  });

  it.each([
    ['before update primary', 'PRIMARY'],
    ['after update primary', 'REPLICA'],
    ['before settle', 'REPLICA'],
    ['after settle', 'REPLICA'],
    ['after settle 2', 'REPLICA'],
  ])('has one primary, and neither key Updating: %s', async (point, type) => {
    const trial = await killedAt(
      point,
      async (connection, KeyId, url) => {
        await connection.send('ReplicateKey', { KeyId, ReplicaRegion: second });
        const other = new SignedConnection(url, developer, second);
        const isCreating = async () =>
          ((await other.send('DescribeKey', { KeyId })).json['KeyMetadata'] as Description).KeyState ===
          'Creating';
        // The time-out of the test ends the wait for a key that is not settled.
        while (await isCreating()) await new Promise((resolve) => setImmediate(resolve));
        other.close();
      },
      (connection, KeyId) => connection.send('UpdatePrimaryRegion', { KeyId, PrimaryRegion: second }),
    );
    const { service, KeyId } = trial;
    const [one, two] = [await describeIn(service, home, KeyId), await describeIn(service, second, KeyId)];
    expect([one.KeyState, two.KeyState]).toEqual(['Enabled', 'Enabled']);
    expect(one.MultiRegionConfiguration.MultiRegionKeyType).toBe(type);
    expect(two.MultiRegionConfiguration.MultiRegionKeyType).toBe(type === 'PRIMARY' ? 'REPLICA' : 'PRIMARY');
    await expectSound(trial);
  });
});
