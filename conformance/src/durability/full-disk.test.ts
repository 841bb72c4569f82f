import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, EncryptCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { changesOf, verifyJournal } from './journal-verifier.ts';
import { serveFolder, type ServedFolder } from './served-folder.ts';
import { readStoredFacts } from './stored-facts.ts';

const internalFailure = { name: 'KMSInternalException', status: 500 };
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A file system of two mebibytes for the data folder; undefined where this user may not mount one. */
function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-disk-'));
  undo.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  undo.push(() => execFileSync('umount', ['-l', folder]));
  return folder;
}

function fillDisk(disk: string): void {
  for (const size of [4096, 1]) {
    try {
      for (;;) appendFileSync(join(disk, 'filler'), Buffer.alloc(size));
    } catch {
      // Full.
    }
  }
}

async function served(disk: string): Promise<{ service: ServedFolder; kms: KMSClient }> {
  const service = await serveFolder(disk);
  undo.push(() => service.kill());
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const kms = new KMSClient({ endpoint: service.url, region: 'eu-west-2', credentials, maxAttempts: 1 });
  return { service, kms };
}

describe('A service on a disk that runs full', () => {
  it('refuses before it acts, loses no record, and goes on without a restart once there is room', async ({
    skip,
  }) => {
    const disk = mountSmallDisk();
    if (disk === undefined) {
      skip('a small file system needs the right to mount one');
      return;
    }
    const { service, kms } = await served(disk);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    fillDisk(disk);

    const answered: (string | undefined)[] = [];
    let refused = 0;
    for (let n = 0; n < 100; n++) {
      const request =
        n % 4 === 0
          ? kms.send(new CreateKeyCommand({}))
          : kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
      await request.then(
        ({ $metadata }) => answered.push($metadata.requestId),
        (error: unknown) => {
          expect((error as Error).name).toBe('KMSInternalException');
          refused++;
        },
      );
    }
    expect(refused).toBeGreaterThan(80);
    expect(await refusalOf(kms.send(new ListKeysCommand({})))).toMatchObject(internalFailure);
    expect(service.errorLines().join('\n')).toContain('journal unwritable');
    const keysWhileFull = readStoredFacts(disk).stateByKey.size;
    expect(await refusalOf(kms.send(new CreateKeyCommand({})))).toMatchObject(internalFailure);
    expect(readStoredFacts(disk).stateByKey.size).toBe(keysWhileFull);

    rmSync(join(disk, 'filler'));
    expect((await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyState).toBe('Enabled');
    const records = verifyJournal(join(disk, 'journal'));
    const recorded = records.map(({ requestId }) => requestId);
    for (const requestId of answered) expect(recorded.filter((id) => id === requestId)).toHaveLength(1);
    const facts = readStoredFacts(disk);
    expect(changesOf(records)).toHaveLength(facts.commits);
    expect(facts.flaws).toEqual([]);
  });

  it('has every committed change in its journal once after it was killed while the disk was full', async ({
    skip,
  }) => {
    const disk = mountSmallDisk();
    if (disk === undefined) {
      skip('a small file system needs the right to mount one');
      return;
    }
    const { service, kms } = await served(disk);
    await kms.send(new CreateKeyCommand({}));
    fillDisk(disk);
    for (let n = 0; n < 40; n++) await kms.send(new CreateKeyCommand({})).catch(() => undefined);
    await service.kill();
    rmSync(join(disk, 'filler'));
    await served(disk);
    const facts = readStoredFacts(disk);
    expect(facts.flaws).toEqual([]);
    expect(changesOf(verifyJournal(join(disk, 'journal')))).toHaveLength(facts.commits);
  });
});
