import { writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SecurityLog } from '../audit/security-log.ts';
import { makeEphemeralIdentity } from '../backup/age-file.ts';
import { SystemClock } from '../clock.ts';
import { defaultOptions } from '../config/index.ts';
import { openDataFolder } from '../installation/data-folder.ts';
import { ensureInstallation } from '../installation/ensure-installation.ts';
import { OpenSeal } from '../installation/open-seal.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { Alarm } from '../telemetry/alarm.ts';
import { readJournal } from '@keyhaven/testkit';
import { Lifecycle } from './lifecycle.ts';
import type { Surroundings } from './surroundings.ts';
import type { OpenService } from './open-service.ts';
import { Unsealer } from './unsealer.ts';

/** A sealed service of the development profile, without its listeners. */
async function sealedService() {
  const folder = openDataFolder(temporaryFolder());
  await ensureInstallation(folder, 'development');
  const clock = new SystemClock();
  const surroundings: Surroundings = {
    options: { ...defaultOptions, dataDir: folder.path },
    folder,
    clock,
    alarm: new Alarm(
      () => undefined,
      () => clock.monotonicNow(),
    ),
    securityLog: new SecurityLog(folder.securityLog, () => clock.monotonicNow()),
    attestationRoots: [],
    onFailure: () => undefined,
    isFolderHeld: () => true,
    seams: {},
  };
  const lifecycle = new Lifecycle(surroundings, undefined);
  const unsealer = new Unsealer(surroundings, lifecycle);
  onTestFinished(async () => {
    unsealer[Symbol.dispose]();
    await lifecycle.close();
  });
  return { folder, lifecycle, unsealer };
}

describe('An unsealing', () => {
  it('opens the service, and again after a sealing', async () => {
    const { lifecycle, unsealer } = await sealedService();
    await unsealer.open(undefined, 'alice');
    expect(lifecycle.state).toBe('open');
    await lifecycle.lock('bob');
    expect(lifecycle.state).toBe('sealed');
    await unsealer.open(undefined, 'alice');
    expect(lifecycle.state).toBe('open');
  });

  it('that had begun when the service was sealed opens nothing any more', async () => {
    const { lifecycle, unsealer } = await sealedService();
    // The seal is still being asked for its key.
    const begun = unsealer.open(undefined, 'alice');
    const sealing = lifecycle.lock('bob');
    await expect(begun).rejects.toThrow('The service was sealed while it was being unsealed.');
    await sealing;
    expect(lifecycle.state).toBe('sealed');
  });

  it('opens nothing once the service has ended, whatever is asked for in between', async () => {
    const { lifecycle, unsealer } = await sealedService();
    await lifecycle.close();
    await lifecycle.lock('bob');
    await unsealer.open(undefined, 'alice');
    expect(lifecycle.state).toBe('closed');
  });

  it('that fails half-way leaves no root key in memory', async () => {
    const { folder, lifecycle, unsealer } = await sealedService();
    writeFileSync(folder.database, 'no database');
    const opened = vi.spyOn(OpenSeal.prototype, 'openRootKeys');
    onTestFinished(() => {
      opened.mockRestore();
    });
    await expect(unsealer.open(undefined, 'alice')).rejects.toThrow('database');
    expect(lifecycle.state).toBe('sealed');
    const rootKeys = opened.mock.results.flatMap(
      ({ value }) => value as ReturnType<OpenSeal['openRootKeys']>,
    );
    expect(rootKeys).toHaveLength(1);
    for (const { key } of rootKeys) expect(() => key.use(() => 0)).toThrow('disposed');
  });

  it('that was refused is told to the journal, however often something else was asked for since', async () => {
    const { folder, lifecycle, unsealer } = await sealedService();
    lifecycle.note('UnsealFailed', { operator: 'mallory' });
    for (let index = 0; index < 500; index++) lifecycle.note('GetStatus', { operator: 'mallory' });
    await unsealer.open(undefined, 'alice');
    const told = readJournal(folder.journal).map(({ eventName }) => eventName);
    expect(told.filter((name) => name === 'UnsealFailed')).toHaveLength(1);
    expect(told.filter((name) => name === 'GetStatus').length).toBeLessThanOrEqual(100);
  });
});

describe('A sealing', () => {
  it('does not wait for the rotation that a backup waits for', async () => {
    const { lifecycle, unsealer } = await sealedService();
    await unsealer.open(undefined, 'alice');
    const { rotations, backups } = openServiceOf(lifecycle);
    // As a rotation of many rows: it ends when it is told to, and not before.
    const told = Promise.withResolvers<undefined>();
    const stop = rotations.stop.bind(rotations);
    vi.spyOn(rotations, 'stop').mockImplementation(() => {
      told.resolve(undefined);
      return stop();
    });
    const alone = vi.spyOn(rotations, 'alone');
    const rotation = rotations.alone(() => told.promise);
    const { recipient } = await makeEphemeralIdentity(false);
    const backup = backups.create({ to: temporaryFolder(), recipients: [recipient] });
    const refused = expect(backup).rejects.toThrow('The service was sealed or ended meanwhile.');
    await vi.waitFor(() => {
      expect(alone).toHaveBeenCalledTimes(2);
    });
    await lifecycle.lock('bob');
    await rotation;
    await refused;
    expect(lifecycle.state).toBe('sealed');
  });
});

function openServiceOf({ service }: Lifecycle): OpenService {
  if (service === undefined) throw new Error('the service is sealed');
  return service;
}
