import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CreateKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { restoreBackup } from '@keyhaven/server';
import { day } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { verifyJournal } from '../durability/journal-verifier.ts';
import { killWhileStarting, refusedStart, serveFolder } from '../durability/served-folder.ts';
import { readStoredFacts } from '../durability/stored-facts.ts';
import { type KillPoint, killed } from './killed-child.ts';
import { progressLines } from './progress-lines.ts';
import { backUp, makeIdentity, opened, restoreOptions, temporaryFolder } from './restorable.ts';

/** How often a backup, and a restore, is killed. */
const kills = Number(process.env['BACKUP_TEST_KILLS'] ?? 12);
const keys = 30;

/** Points that are spread over the lines that a child says, and over the time between two of them. */
function spread(mostLines: number, longestMs: number): readonly KillPoint[] {
  return Array.from({ length: kills }, (_, kill) => ({
    lines: 1 + (kill % mostLines),
    afterMs: (longestMs * ((kill * 5) % kills)) / kills,
  }));
}

/** A running service with some keys, one of which is destroyed after the backup. */
async function backedUp() {
  const identity = await makeIdentity();
  const service = await opened();
  const kms = service.client();
  const made = await Promise.all(Array.from({ length: keys }, () => kms.send(new CreateKeyCommand({}))));
  const { path } = await backUp(service, { to: temporaryFolder(), recipients: [identity.recipient] });
  const KeyId = made[0]?.KeyMetadata?.KeyId ?? '';
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await service.advance(8 * day);
  return { service, identity, path };
}

const restoresOf = (dataDir: string) =>
  verifyJournal(join(dataDir, 'journal')).filter(({ eventName }) => eventName === 'RestoreBackup').length;

describe('A service that is killed while it makes a backup', { timeout: kills * 20_000 }, () => {
  it('leaves whole backups under their names, and a data folder that serves and is swept', async () => {
    const { service, identity, path } = await backedUp();
    // The service of its own that is killed again and again.
    const { dataDir } = await restoreBackup(restoreOptions(service, identity, path));
    const to = temporaryFolder();
    for (const { lines, afterMs } of spread(5, 120)) {
      const served = await serveFolder(dataDir);
      const said = Promise.withResolvers<undefined>();
      let heard = 0;
      const over = progressLines(dataDir, { to, recipients: [identity.recipient] }, () => {
        if (++heard === lines) said.resolve(undefined);
      });
      await Promise.race([said.promise, over]);
      await wait(afterMs);
      await served.kill();
      await over;
      const again = await serveFolder(dataDir);
      expect(readdirSync(dataDir), `line ${lines}, ${afterMs} ms`).not.toContain('backup-scratch');
      await again.stop();
      expect(readStoredFacts(dataDir).flaws).toEqual([]);
    }
    const others = readdirSync(to).filter((name) => !/\.age(?:\.partial)?$/.test(name));
    expect(others).toEqual([]);
    const made = readdirSync(to).filter((name) => name.endsWith('.age'));
    expect(made).not.toEqual([]);
    for (const name of made.slice(-5)) {
      const options = restoreOptions({ dataDir }, identity, join(to, name));
      const result = await restoreBackup(options);
      expect(readStoredFacts(result.dataDir).stateByKey.size).toBe(keys - 1);
    }
  });
});

describe('A restore that is killed', { timeout: kills * 20_000 }, () => {
  const never = '0';

  async function killedRestore(made: Awaited<ReturnType<typeof backedUp>>, stopAt: string, point: KillPoint) {
    const options = restoreOptions(made.service, made.identity, made.path);
    const { backup, identityFile, dataDir, journal = '' } = options;
    const keyFile = join(made.service.dataDir, 'file-seal.key');
    await killed('restore-child.ts', [stopAt, backup, identityFile, dataDir, journal, keyFile], point);
    return options;
  }

  const expectWhole = (dataDir: string, what: string) => {
    const { flaws, stateByKey } = readStoredFacts(dataDir);
    expect([flaws, stateByKey.size], what).toEqual([[], keys - 1]);
  };

  it('leaves a folder that is refused until it is run again, from its first step to its last', async () => {
    const made = await backedUp();
    // Decrypting, reading the journal, verifying, destroying again: before and after them there is another line each.
    for (const lines of [2, 3, 4, 5]) {
      const options = await killedRestore(made, String(lines), { lines, afterMs: 0 });
      const { exitCode, stderr } = await refusedStart(options.dataDir);
      expect(stderr).toMatch(/was cut short[\s\S]*keyhaven restore/);
      expect(exitCode).toBe(1);
      await restoreBackup(options);
      expectWhole(options.dataDir, `killed at line ${lines}`);
    }
  });

  it('is complete, or can be run again, whenever it was killed', async () => {
    const made = await backedUp();
    for (const point of spread(5, 60)) {
      const options = await killedRestore(made, never, point);
      const { dataDir } = options;
      if (existsSync(join(dataDir, 'seal.json')) && !existsSync(join(dataDir, 'restoring')))
        await expect(restoreBackup(options)).rejects.toThrow('is not empty');
      else await restoreBackup(options);
      expectWhole(dataDir, JSON.stringify(point));
    }
  });

  it('is recorded exactly once, whenever the first starts after it are killed', async () => {
    const { service, identity, path } = await backedUp();
    const { dataDir } = await restoreBackup(restoreOptions(service, identity, path));
    for (let afterMs = 100; afterMs <= 500; afterMs += 50) await killWhileStarting(dataDir, afterMs);
    const served = await serveFolder(dataDir);
    expect(restoresOf(dataDir)).toBe(1);
    await served.stop();
    const old = readFileSync(join(service.dataDir, 'journal/00000001.jsonl'), 'utf8');
    expect(readFileSync(join(dataDir, 'journal/00000001.jsonl'), 'utf8').startsWith(old)).toBe(true);
  });
});
