import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer } from '@keyhaven/testkit';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { verifyJournal } from '../durability/journal-verifier.ts';
import { freePort, serveFolder } from '../durability/served-folder.ts';
import { RestartLoad } from './restart-load.ts';
import { isUnderRotation, rotationFlaws, untilRotationsEnd } from './rotation-state.ts';
import { SignedConnection } from './signed-connection.ts';

/** How often the service is told to end under load. */
const rounds = Number(process.env['RESTART_TEST_ROUNDS'] ?? 8);
const connections = 16;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-restart-'));
  folders.push(folder);
  return folder;
}

describe('A service that is told to end under load', () => {
  it(
    `answers what is under way and keeps what it acknowledged, over ${rounds} restarts`,
    { timeout: 30_000 + rounds * 10_000 },
    async () => {
      const dataDir = temporaryFolder();
      const port = await freePort();
      let service = await serveFolder(dataDir, { port });
      onTestFinished(() => service.kill());
      const load = new RestartLoad(service.url, connections);
      load.start();
      for (let round = 0; round < rounds; round++) {
        await load.untilAnswered(connections * (4 + 3 * round));
        expect(await service.stop()).toBe(0);
        service = await serveFolder(dataDir, { port });
      }
      await load.untilAnswered(connections);
      await load.stop();
      expect(load.faults).toEqual([]);
      expect(load.lost).toEqual([]);

      const connection = new SignedConnection(service.url);
      for (const KeyId of load.keyIds)
        expect((await connection.send('DescribeKey', { KeyId })).error).toBeUndefined();
      for (const { blob, plaintext } of load.encrypted) {
        expect((await connection.send('Decrypt', { CiphertextBlob: blob })).json['Plaintext']).toBe(
          plaintext,
        );
      }
      connection.close();
      const recorded = new Set(verifyJournal(join(dataDir, 'journal')).map(({ requestId }) => requestId));
      expect([...load.requestIds].filter((id) => !recorded.has(id))).toEqual([]);
    },
  );

  it('stops a rotation where it is, and goes on with it at the next start', async () => {
    const dataDir = temporaryFolder();
    const service = await serveFolder(dataDir);
    onTestFinished(() => service.kill());
    const made = Array.from({ length: connections }, async () => {
      const connection = new SignedConnection(service.url);
      for (let key = 0; key < 60; key++) await connection.send('CreateKey', {});
      connection.close();
    });
    await Promise.all(made);
    const rotation = administer(join(dataDir, 'admin.sock'), 'domain-rotate', {
      scope: { kind: 'all' },
    }).then(
      () => 'done',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
    while (!isUnderRotation(dataDir)) await new Promise((resolve) => setImmediate(resolve));
    expect(await service.stop()).toBe(0);
    expect(await rotation).toBe('The service was sealed or ended meanwhile.');
    expect(isUnderRotation(dataDir)).toBe(true);

    const again = await serveFolder(dataDir);
    onTestFinished(() => again.kill());
    await untilRotationsEnd(dataDir);
    expect(rotationFlaws(dataDir)).toEqual([]);
  });
});
