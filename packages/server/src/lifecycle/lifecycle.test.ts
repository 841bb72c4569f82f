import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SecurityLog } from '../audit/security-log.ts';
import { SystemClock } from '../clock.ts';
import { defaultOptions } from '../config/index.ts';
import { changeSeal } from '../installation/create-seal.ts';
import { openDataFolder } from '../installation/data-folder.ts';
import { ensureInstallation } from '../installation/ensure-installation.ts';
import { openSeal } from '../seal/providers.ts';
import { readSealHeader, type SealHeader } from '../seal/seal-header.ts';
import { lowCost } from '../seal/seal.test-support.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { Alarm } from '../telemetry/alarm.ts';
import { Lifecycle } from './lifecycle.ts';

/** A sealed service over a new installation, and what its file seal gives. */
async function sealed() {
  const folder = openDataFolder(join(temporaryFolder(), 'data'));
  await ensureInstallation(folder, 'development');
  const clock = new SystemClock();
  const now = () => clock.monotonicNow();
  const lifecycle = new Lifecycle(
    {
      options: { ...defaultOptions, dataDir: folder.path },
      folder,
      clock,
      alarm: new Alarm(() => undefined, now),
      securityLog: new SecurityLog(folder.securityLog, now),
      attestationRoots: [],
      onFailure: () => undefined,
      isFolderHeld: () => true,
      seams: {},
    },
    undefined,
  );
  onTestFinished(() => lifecycle.close());
  const header = () => readSealHeader(folder.sealHeader) ?? expect.unreachable('there is no header');
  const sealingKey = ({ seal, installationId }: SealHeader) =>
    openSeal(seal, { installationId, dataFolder: folder.path });
  return { lifecycle, folder, header, sealingKey };
}

describe('An unsealing whose turn comes late', () => {
  it('opens with the root keys that a rotation wrote into the header after it was read', async () => {
    const { lifecycle, header, sealingKey } = await sealed();
    const before = header();
    await lifecycle.unseal(before, await sealingKey(before), 'first', lifecycle.sealings);
    await lifecycle.service?.rotations.rotateRoot(() => undefined);
    await lifecycle.lock('first');

    await lifecycle.unseal(before, await sealingKey(before), 'second', lifecycle.sealings);
    expect(lifecycle.state).toBe('open');
    expect(lifecycle.seal?.list()).toEqual([expect.objectContaining({ id: header().rootKeys[0]?.id })]);
    expect(lifecycle.seal?.list()[0]?.id).not.toBe(before.rootKeys[0]?.id);
  });

  it('is refused where the seal was changed after it was read, and puts nothing of the old one back', async () => {
    const { lifecycle, folder, header, sealingKey } = await sealed();
    const before = header();
    await lifecycle.unseal(before, await sealingKey(before), 'first', lifecycle.sealings);
    const oldKey = await sealingKey(before);
    const open = lifecycle.seal ?? expect.unreachable('it is open');
    const passphrase = Secret.take(Buffer.from('correct horse battery staple'));
    await changeSeal(open, { kind: 'passphrase', passphrase, cost: lowCost }, folder.path);
    await lifecycle.lock('first');

    await expect(lifecycle.unseal(before, oldKey, 'second', lifecycle.sealings)).rejects.toThrow(
      'changed while it was being opened',
    );
    expect(lifecycle.state).toBe('sealed');
    expect(() => oldKey.use(() => undefined)).toThrow('disposed');
    expect(header().seal.kind).toBe('passphrase');
  });

  it('does nothing where the service was opened before it, and zeroises its key', async () => {
    const { lifecycle, header, sealingKey } = await sealed();
    const [first, second] = [await sealingKey(header()), await sealingKey(header())];
    await Promise.all([
      lifecycle.unseal(header(), first, 'first', lifecycle.sealings),
      lifecycle.unseal(header(), second, 'second', lifecycle.sealings),
    ]);
    expect(lifecycle.state).toBe('open');
    expect(() => second.use(() => undefined)).toThrow('disposed');
  });
});
