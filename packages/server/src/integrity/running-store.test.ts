import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KMSClient } from '@aws-sdk/client-kms';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { defaultKeyPolicy } from '@keyhaven/policy';
import { day, startTestService, type TestService } from '@keyhaven/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DoctorReport } from './doctor.ts';
import type { Finding } from './finding.ts';
import { inDatabase } from './stopped-store.test-support.ts';

let service: TestService;

beforeEach(async () => {
  service = await startTestService();
});
afterEach(async () => {
  await service.close();
});

const examine = async () => (await service.admin('doctor')) as unknown as DoctorReport;
const briefly = (findings: readonly Finding[]) =>
  findings.map(({ severity, check }) => `${severity} ${check}`);

async function makeKey(kms: KMSClient): Promise<string> {
  return (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
}

/** One of several clients that do, at once, whatever moves rows, until told to stop. */
async function keepWriting(kms: KMSClient, name: string, isOver: () => boolean): Promise<number> {
  const Policy = defaultKeyPolicy('000000000000');
  let rounds = 0;
  for (; !isOver(); rounds++) {
    const KeyId = await makeKey(kms);
    const next = await makeKey(kms);
    const AliasName = `alias/${name}-${rounds % 5}`;
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'n', TagValue: `${rounds}` }] }));
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    await kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: next }));
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    await kms.send(new DisableKeyCommand({ KeyId }));
    await kms.send(new EnableKeyCommand({ KeyId }));
    await kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['n'] }));
    await kms.send(new DeleteAliasCommand({ AliasName }));
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  }
  return rounds;
}

describe('The examination of a running service', () => {
  it('finds nothing in a store that is written, rotated and destroyed all the while', async () => {
    let isOver = false;
    const writers = ['eu-west-2', 'eu-west-2', 'us-east-1', 'ap-south-1'].map((region, n) =>
      keepWriting(service.client({ region }), `writer-${n}`, () => isOver),
    );
    const reports = [];
    for (let n = 0; n < 6; n++) {
      // Destroys what was scheduled before, in the middle of an examination.
      const examination = examine();
      if (n % 3 === 2) await service.advance(8 * day);
      reports.push(await examination);
    }
    isOver = true;
    for (const rounds of await Promise.all(writers)) expect(rounds).toBeGreaterThan(0);
    expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
    expect(reports.every(({ journal }) => journal.isCompared)).toBe(true);
    const last = await examine();
    expect(last.findings).toEqual([]);
    expect(last.counts['tombstone']).toBeGreaterThan(0);
  });

  it('tells how far it is', async () => {
    await makeKey(service.client());
    const progress: string[] = [];
    await service.admin('doctor', {}, ({ text }) => progress.push(text));
    expect(progress).toEqual(['files', 'database file', 'journal']);
  });

  it('finds a row that is edited beside it, and one that is put back is no finding any more', async () => {
    const keyId = await makeKey(service.client());
    const setState = (state: string) => {
      inDatabase(service.dataDir, (db) =>
        db.prepare('UPDATE kms_key SET state = ? WHERE key_id = ?').run(state, keyId),
      );
    };
    setState('Disabled');
    const { findings } = await examine();
    expect(findings).toMatchObject([{ check: 'row-integrity', table: 'kms_key' }]);
    setState('Enabled');
    expect((await examine()).findings).toEqual([]);
  });

  it.each<readonly [string, string, (path: string) => void]>([
    [
      'the end of the journal is cut off',
      'damage journal-shortened',
      (path) => {
        truncateSync(path, readFileSync(path).lastIndexOf(10, -2) + 1);
      },
    ],
    [
      'the journal is removed',
      'damage journal-segment-missing',
      (path) => {
        rmSync(path);
      },
    ],
    [
      'a record is edited',
      'damage journal-chain',
      (path) => {
        writeFileSync(path, readFileSync(path, 'utf8').replace('"CreateKey"', '"CreateFee"'));
      },
    ],
  ])('finds that %s', async (_what, expected, damage) => {
    await makeKey(service.client());
    damage(join(service.dataDir, 'journal/00000001.jsonl'));
    expect(briefly((await examine()).findings)).toEqual([expected]);
  });

  it('does not look at what somebody appended to the journal behind its end', async () => {
    await makeKey(service.client());
    appendFileSync(join(service.dataDir, 'journal/00000001.jsonl'), 'x');
    expect((await examine()).findings).toEqual([]);
  });

  it.each<readonly [string, (path: string) => void]>([
    [
      'is missing',
      (path) => {
        rmSync(path);
      },
    ],
    [
      'is damaged',
      (path) => {
        truncateSync(path, 10);
      },
    ],
    [
      'is that of another installation',
      (path) => {
        const header = JSON.parse(readFileSync(path, 'utf8')) as { readonly installationId: string };
        writeFileSync(
          path,
          JSON.stringify({ ...header, installationId: '00000000-0000-4000-8000-000000000000' }),
        );
      },
    ],
    [
      'holds another root key',
      (path) => {
        const header = JSON.parse(readFileSync(path, 'utf8')) as { readonly rootKeyId: string };
        writeFileSync(path, JSON.stringify({ ...header, rootKeyId: '0'.repeat(32) }));
      },
    ],
  ])('finds that the seal header on the disk %s, before the next start is refused', async (_what, damage) => {
    damage(join(service.dataDir, 'seal.json'));
    expect(briefly((await examine()).findings)).toEqual(['damage seal-header']);
  });
});
