import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  type KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Clock } from '../clock.ts';
import { Propagation } from '../grants/propagation.ts';
import { KeyDirectory } from '../keys/key-directory.ts';
import { select } from '../storage/query.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { heartbeatTable } from '../storage/tables.ts';
import { Alarm } from '../telemetry/alarm.ts';
import { JobScheduler } from './scheduler.ts';

async function opened(): Promise<{ service: TestService; kms: KMSClient }> {
  const service = await startTestService();
  onTestFinished(() => service.close());
  return { service, kms: service.client() };
}

async function makeKey(kms: KMSClient): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  return KeyMetadata?.KeyId ?? '';
}

async function schedule(kms: KMSClient, KeyId: string): Promise<void> {
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
}

const stateOf = async (kms: KMSClient, KeyId: string) =>
  (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

function edit(service: TestService, sql: string): void {
  const db = new DatabaseSync(join(service.dataDir, 'keyhaven.db'));
  db.exec(sql);
  db.close();
}

function listenToAlarms(): string[] {
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

const settler = { settle: () => Promise.resolve() };

describe('A round of jobs', () => {
  it('destroys the other keys that are due when the row of one was changed, and names that one', async () => {
    const { service, kms } = await opened();
    const [bad, broken, good] = [await makeKey(kms), await makeKey(kms), await makeKey(kms)];
    for (const keyId of [bad, broken, good]) await schedule(kms, keyId);
    edit(service, `UPDATE kms_key SET description = 'changed' WHERE key_id = '${bad}'`);
    edit(service, `DELETE FROM key_policy WHERE key_id = '${broken}'`);
    const alarms = listenToAlarms();
    await service.advance(8 * day);
    expect((await refusalOf(kms.send(new DescribeKeyCommand({ KeyId: good })))).name).toBe(
      'NotFoundException',
    );
    expect(alarms.join('')).toContain(bad);
    expect(service.journal().filter(({ eventName }) => eventName === 'DeleteKey')).toHaveLength(1);
  });

  it('rotates the other keys that are due when the row of one was changed', async () => {
    const { service, kms } = await opened();
    const [bad, good] = [await makeKey(kms), await makeKey(kms)];
    for (const KeyId of [bad, good]) {
      await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    }
    edit(service, `UPDATE kms_key SET description = 'changed' WHERE key_id = '${bad}'`);
    listenToAlarms();
    await service.advance(91 * day);
    const { Rotations } = await kms.send(new ListKeyRotationsCommand({ KeyId: good }));
    expect(Rotations).toHaveLength(1);
  });

  it('rotates a key once after a downtime of many periods', async () => {
    const { service, kms } = await opened();
    const KeyId = await makeKey(kms);
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    await service.advance(1000 * day);
    const { Rotations } = await kms.send(new ListKeyRotationsCommand({ KeyId }));
    expect(Rotations).toHaveLength(1);
    const { NextRotationDate } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(NextRotationDate?.getTime()).toBeGreaterThan(Date.now() + 1089 * day * 1000);
  });

  it('lets a cancellation that comes while it runs win, or the destruction: never half of each', async () => {
    const { service, kms } = await opened();
    const keyIds = await Promise.all(Array.from({ length: 30 }, () => makeKey(kms)));
    for (const keyId of keyIds) await schedule(kms, keyId);
    const advanced = service.advance(8 * day);
    const cancelled = await Promise.all(
      keyIds.map((KeyId) =>
        kms.send(new CancelKeyDeletionCommand({ KeyId })).then(
          () => true,
          () => false,
        ),
      ),
    );
    await advanced;
    for (const [index, KeyId] of keyIds.entries()) {
      if (cancelled[index] === true) expect(await stateOf(kms, KeyId)).toBe('Disabled');
      else
        expect((await refusalOf(kms.send(new DescribeKeyCommand({ KeyId })))).name).toBe('NotFoundException');
    }
  });
});

describe('The hold of destruction', () => {
  it('is not begun by two moves of the development clock at once', async () => {
    const { service, kms } = await opened();
    const keyId = await makeKey(kms);
    await schedule(kms, keyId);
    await Promise.all([service.advance(4 * day), service.advance(4 * day), service.advance(day)]);
    expect((await refusalOf(kms.send(new DescribeKeyCommand({ KeyId: keyId })))).name).toBe(
      'NotFoundException',
    );
  });
});

/** A clock of a test's own: the machine's time and the running time move as told. */
class HandClock implements Clock {
  wall = Date.UTC(2026, 0, 1);
  running = 1000;
  offset = 0;

  now(): number {
    return this.wall + this.offset;
  }
  wallNow(): number {
    return this.wall;
  }
  monotonicNow(): number {
    return this.running;
  }
  run(ms: number): void {
    this.wall += ms;
    this.running += ms;
  }
}

describe('The scheduler', () => {
  const hour = 60 * 60 * 1000;

  const scheduled = async () => {
    const { storage } = await openStore(join(temporaryFolder(), 'keyhaven.db'));
    const clock = new HandClock();
    const alarms: string[] = [];
    const alarm = new Alarm(
      (line) => alarms.push(line),
      () => Infinity,
    );
    const never = () => {
      throw new Error('no key is due');
    };
    const parts = {
      storage,
      directory: new KeyDirectory(storage),
      keyStore: never as never,
      committer: { commitService: never } as never,
      granting: { grantPropagation: new Propagation(0) },
    };
    const create = (isFolderHeld = () => true) =>
      new JobScheduler(parts, clock, alarm, isFolderHeld, settler);
    const held = async () => {
      const [[row]] = await storage.snapshot(select(heartbeatTable, {}));
      return row?.hold_remaining_ms;
    };
    return { create, clock, alarms, held, storage };
  };

  it('holds destruction after an outage of more than an hour, over further restarts, for a day of running', async () => {
    const { create, clock, alarms, held } = await scheduled();
    await create().runDue();
    expect(await held()).toBe(0);
    clock.wall += 2 * hour;
    const second = create();
    await second.runDue();
    expect(await held()).toBe(24 * hour);
    expect(alarms.join('')).toContain('clock stepped');
    clock.run(10 * hour);
    await second.runDue();
    expect(await held()).toBe(14 * hour);
    clock.wall += hour / 2;
    const third = create();
    await third.runDue();
    expect(await held()).toBe(14 * hour);
    clock.run(14 * hour);
    await third.runDue();
    expect(await held()).toBe(0);
  });

  it('counts a move of the development clock as running time, also in a round that comes before its own', async () => {
    const { create, clock, held } = await scheduled();
    const jobs = create();
    await jobs.runDue();
    clock.wall += 3 * hour;
    await jobs.runDue();
    expect(await held()).toBe(24 * hour);
    clock.offset += 20 * hour;
    await jobs.runDue();
    expect(await held()).toBe(4 * hour);
    await jobs.runAfterMove();
    expect(await held()).toBe(4 * hour);
  });

  it('does nothing, not even a heartbeat, once the lock of the data folder is lost', async () => {
    const { create, alarms, held, storage } = await scheduled();
    let isHeld = false;
    const commit = vi.spyOn(storage, 'commit');
    const jobs = create(() => isHeld);
    await jobs.runDue();
    expect(commit).not.toHaveBeenCalled();
    expect(alarms.join('')).toContain('the lock of the data folder is lost');
    isHeld = true;
    await jobs.runDue();
    expect(await held()).toBe(0);
  });

  it('beats again where a rotation of domain keys wrote the heartbeat anew meanwhile, without an alarm', async () => {
    const { create, clock, alarms, storage, held } = await scheduled();
    const jobs = create();
    // Two steps that only together are suspicious: what the first attempt saw must not be taken for known.
    for (const conflicts of [0, 0, 1]) {
      const spy = vi.spyOn(storage, 'commit');
      if (conflicts > 0) spy.mockResolvedValueOnce({ kind: 'conflict' });
      await jobs.runDue();
      expect(spy).toHaveBeenCalledTimes(1 + conflicts);
      spy.mockRestore();
      clock.wall += 0.6 * hour;
    }
    expect(await held()).toBe(24 * hour);
    expect(alarms.join('')).not.toContain('could not be stored');
  });

  it('gives up, with an alarm, where it meets a conflict every time', async () => {
    const { create, alarms, storage } = await scheduled();
    vi.spyOn(storage, 'commit').mockResolvedValue({ kind: 'conflict' });
    await create().runDue();
    expect(alarms.join('')).toContain('the heartbeat could not be stored: conflict');
  });

  it('runs rounds one after the other, and the next one after an error, which is an alarm', async () => {
    const { create, alarms, storage, held } = await scheduled();
    const jobs = create();
    let running = 0;
    let most = 0;
    const commit = storage.commit.bind(storage);
    const spy = vi.spyOn(storage, 'commit').mockImplementation(async (unit) => {
      most = Math.max(most, ++running);
      const result = await commit(unit);
      running--;
      return result;
    });
    spy.mockResolvedValueOnce({ kind: 'failed', reason: 'the disk is full' });
    await Promise.all([jobs.runDue(), jobs.runDue(), jobs.runDue()]);
    expect(most).toBe(1);
    expect(alarms.join('')).toContain('the heartbeat could not be stored');
    expect(await held()).toBe(0);
    expect(spy).toHaveBeenCalledTimes(3);
  });
});

describe('Work between two rounds', () => {
  async function scheduler() {
    const { storage } = await openStore(join(temporaryFolder(), 'keyhaven.db'));
    const log: string[] = [];
    const clock = { now: () => 0, wallNow: () => 0, monotonicNow: () => 0 };
    const alarm = new Alarm(
      (line) => log.push(line),
      () => Infinity,
    );
    const isFolderHeld = () => {
      log.push('round');
      return false;
    };
    const parts = { storage, directory: new KeyDirectory(storage), keyStore: {}, committer: {} } as never;
    return { jobs: new JobScheduler(parts, clock, alarm, isFolderHeld, settler), log };
  }

  it('runs while no round does, and the next round waits for its end', async () => {
    const { jobs, log } = await scheduler();
    const before = jobs.runDue();
    const done = jobs.between(async () => {
      log.push('begins');
      await new Promise((resolve) => setImmediate(resolve));
      log.push('ends');
      return 'answer';
    });
    await Promise.all([before, jobs.runDue()]);
    expect(await done).toBe('answer');
    expect(log.filter((line) => !line.startsWith('{'))).toEqual(['round', 'begins', 'ends', 'round']);
  });

  it('tells its failure to whoever wanted it, and the rounds go on without an alarm of it', async () => {
    const { jobs, log } = await scheduler();
    await expect(jobs.between(() => Promise.reject(new Error('full disk')))).rejects.toThrow('full disk');
    await jobs.runDue();
    expect(log).toEqual(['round', expect.stringContaining('the lock of the data folder is lost')]);
  });
});
