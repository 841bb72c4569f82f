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
import type { ReportLine } from './report-lines.ts';
import { inDatabase } from './stopped-store.test-support.ts';

let service: TestService;

beforeEach(async () => {
  service = await startTestService();
});
afterEach(async () => {
  await service.close();
});

interface Report {
  readonly findings: readonly ReportLine[];
  readonly counts: Readonly<Record<string, number>>;
  readonly journal: { readonly isCompared: boolean };
}

/** What the doctor says that is not good. */
async function examine(): Promise<Report> {
  const report = (await service.admin('doctor')) as Report & Readonly<Record<string, unknown>>;
  return { ...report, findings: report.findings.filter(({ level }) => level !== 'good') };
}

const briefly = (findings: readonly ReportLine[]) => findings.map(({ level, check }) => `${level} ${check}`);

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
  it('finds nothing in a store that is written all the while, keys destroyed and every key rotated', async () => {
    let isOver = false;
    const writers = ['eu-west-2', 'eu-west-2', 'us-east-1', 'ap-south-1'].map((region, n) =>
      keepWriting(service.client({ region }), `writer-${n}`, () => isOver),
    );
    const reports = [];
    for (let n = 0; n < 6; n++) {
      // Destroys what was scheduled before, in the middle of an examination.
      const examination = examine();
      if (n % 3 === 2) await service.advance(8 * day);
      if (n === 3) await service.admin('domain-rotate', { scope: { kind: 'all' } });
      if (n === 4) await service.admin('root-rotate');
      reports.push(await examination);
    }
    isOver = true;
    for (const rounds of await Promise.all(writers)) expect(rounds).toBeGreaterThan(0);
    expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
    expect(reports.every(({ journal }) => journal.isCompared)).toBe(true);
    const last = await examine();
    expect(last.findings).toEqual([]);
    expect(last.counts['tombstone']).toBeGreaterThan(0);
  }, 180_000);

  it('ends with a refusal where the service is sealed under it, and reports no damage', async () => {
    await makeKey(service.client());
    const examination = service.admin('doctor').then(
      () => 'a report',
      (error: unknown) => String(error),
    );
    await service.admin('seal');
    expect(await examination).toMatch(/^Error: The (?:examination was stopped|service is sealed)/);
  });

  it('tells what it looked at and found good', async () => {
    await makeKey(service.client());
    const { findings } = (await service.admin('doctor')) as { readonly findings?: readonly ReportLine[] };
    expect(findings?.map(({ level, check }) => `${level} ${check}`)).toEqual([
      'good rows',
      'good journal',
      'good database',
      'good files',
    ]);
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
      'failure journal-shortened',
      (path) => {
        truncateSync(path, readFileSync(path).lastIndexOf(10, -2) + 1);
      },
    ],
    [
      'the journal is removed',
      'failure journal-segment-missing',
      (path) => {
        rmSync(path);
      },
    ],
    [
      'a record is edited',
      'failure journal-chain',
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
    expect(briefly((await examine()).findings)).toEqual(['failure seal-header']);
  });
});
