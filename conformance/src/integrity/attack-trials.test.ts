import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CreateKeyCommand, DecryptCommand, TagResourceCommand } from '@aws-sdk/client-kms';
import { type JournalRecord, readJournal, refusalOf } from '@keyhaven/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { refusedStart, serveFolder, type ServedFolder } from '../durability/served-folder.ts';
import {
  clientFor,
  copyOf,
  doctorOf,
  makeForeign,
  makeOriginal,
  type OriginalStore,
  removeFolders,
} from './attacked-store.ts';
import {
  type Attack,
  deleteJournalTail,
  replaceSealHeader,
  rowAttacks,
  truncateDatabase,
} from './attacks.ts';

/*
 * Attacks by someone who can write to the files of a data folder and has no key: each against a stopped store that is
 * then started, and against a running service beside which the store is edited. What is not noticed says so in its
 * title.
 */

const original: OriginalStore = await makeOriginal();
const foreignDir = await makeForeign();
const running: ServedFolder[] = [];

afterAll(async () => {
  await Promise.all(running.map((service) => service.kill()));
  removeFolders();
});

async function serve(dataDir: string): Promise<ServedFolder> {
  const service = await serveFolder(dataDir);
  running.push(service);
  return service;
}

/** Everything that touches what was attacked is answered as the attack's outcome says. */
async function expectAtUse(service: ServedFolder, { uses, atUse }: Attack): Promise<void> {
  for (const { who, send } of uses) {
    const kms = clientFor(service.url, who);
    if (atUse === 'served') await send(kms);
    else expect(await refusalOf(send(kms))).toMatchObject({ name: 'KMSInternalException', status: 500 });
    kms.destroy();
  }
  if (atUse !== 'served')
    expect(service.errorLines().join('\n')).toMatch(
      new RegExp(`"alarm".*table ${atUse.refusedOver} fails its integrity check`),
    );
}

/**
 * Waits until the scrub of a service has recorded what it must: it reads a small store within seconds. A service that
 * was killed before may have recorded it already.
 */
async function expectScrubbed(dataDir: string, expected: readonly string[]): Promise<void> {
  let found: readonly string[];
  do {
    await wait(100);
    found = integrityFailures(dataDir);
  } while (!expected.every((one) => found.includes(one)) || found.length < expected.length);
  expect(new Set(found)).toEqual(new Set(expected));
}

function integrityFailures(dataDir: string): readonly string[] {
  let records: readonly JournalRecord[] = [];
  try {
    records = readJournal(join(dataDir, 'journal'));
  } catch {
    // Read in the middle of a line.
  }
  return records
    .filter(({ eventName }) => eventName === 'IntegrityFailure')
    .map(({ finding }) => finding as { readonly check: string; readonly table?: string })
    .map(({ check, table }) => (table === undefined ? check : `${check} ${table}`));
}

const attacks = rowAttacks(original);
const caughtAtUse = attacks
  .filter(({ atUse }) => atUse !== 'served')
  .map((attack) => [attack.name, attack] as const);
const caughtByDoctor = attacks
  .filter(({ atUse, doctor }) => atUse === 'served' && doctor.length > 0)
  .map((attack) => [attack.name, attack] as const);
const notCaught = attacks
  .filter(({ atUse, doctor }) => atUse === 'served' && doctor.length === 0)
  .map((attack) => [attack.name, attack] as const);

async function againstStopped(attack: Attack): Promise<void> {
  const dataDir = copyOf(original.dataDir);
  attack.carryOut(dataDir);
  expect(await doctorOf(dataDir)).toEqual(attack.doctor);
  await expectAtUse(await serve(dataDir), attack);
}

async function againstRunning(attack: Attack): Promise<void> {
  const dataDir = copyOf(original.dataDir);
  const first = await serve(dataDir);
  attack.carryOut(dataDir);
  await expectAtUse(first, attack);
  await first.kill();
  expect(await doctorOf(dataDir)).toEqual(attack.doctor);
  const second = await serve(dataDir);
  await expectAtUse(second, attack);
  await expectScrubbed(dataDir, attack.scrub);
}

describe.concurrent('An attack on a stopped store', () => {
  it.each(caughtAtUse)(
    'is found by the doctor, and refused with an alarm when it is used: %s',
    async (_name, attack) => {
      await againstStopped(attack);
    },
  );
  it.each(caughtByDoctor)(
    'is found by the doctor; at its use it is not caught yet: %s',
    async (_name, attack) => {
      await againstStopped(attack);
    },
  );
  it.each(notCaught)('is not caught yet: %s', async (_name, attack) => {
    await againstStopped(attack);
  });

  it('is refused at the start, and named by the doctor: a truncated database', async () => {
    const dataDir = copyOf(original.dataDir);
    truncateDatabase(dataDir);
    expect(new Set(await doctorOf(dataDir))).toEqual(new Set(['database-file']));
    const { exitCode, stderr } = await refusedStart(dataDir);
    expect(stderr).toMatch(/truncated|cannot be read/);
    expect(exitCode).toBe(1);
  });

  it('is refused at the start, and by the doctor in the same words: the seal header of another installation', async () => {
    const dataDir = copyOf(original.dataDir);
    replaceSealHeader(dataDir, foreignDir);
    expect(await doctorOf(dataDir)).toEqual([
      expect.stringContaining('The seal does not open the seal header'),
    ]);
    const { exitCode, stderr } = await refusedStart(dataDir);
    expect(stderr).toContain('The seal does not open the seal header');
    expect(exitCode).toBe(1);
  });

  it('is found by the doctor and by the scrub; at the start it is not caught yet: a deleted end of the journal', async () => {
    const dataDir = copyOf(original.dataDir);
    deleteJournalTail(dataDir, 2);
    expect(await doctorOf(dataDir)).toEqual(['journal-behind-store head']);
    const service = await serve(dataDir);
    await expectScrubbed(dataDir, ['journal-behind-store head']);
    expect(service.errorLines().join('\n')).toMatch(/"integrity failure".*journal-behind-store/);
  });
});

describe.concurrent('An attack on the store of a running service', () => {
  it.each(caughtAtUse)(
    'is refused with an alarm when it is read anew, found by the doctor and recorded by the scrub: %s',
    async (_name, attack) => {
      await againstRunning(attack);
    },
  );
  it.each(caughtByDoctor)(
    'is found by the doctor and recorded by the scrub; at its use it is not caught yet: %s',
    async (_name, attack) => {
      await againstRunning(attack);
    },
  );
  it.each(notCaught)('is not caught yet: %s', async (_name, attack) => {
    await againstRunning(attack);
  });

  it('is not caught yet while a key is cached, and refused by the next write, which reads it anew', async () => {
    const dataDir = copyOf(original.dataDir);
    const service = await serve(dataDir);
    const kms = clientFor(service.url);
    const decrypt = () => kms.send(new DecryptCommand({ CiphertextBlob: original.blobs.mine }));
    await decrypt();
    const [edit] = attacks;
    edit?.carryOut(dataDir);
    expect(Buffer.from((await decrypt()).Plaintext ?? []).toString()).toBe('mine');
    const tag = new TagResourceCommand({ KeyId: original.mine, Tags: [{ TagKey: 'a', TagValue: 'b' }] });
    expect(await refusalOf(kms.send(tag))).toMatchObject({ name: 'KMSInternalException', status: 500 });
    kms.destroy();
  });

  it('is refused at the next start, and named by the doctor: a truncated database', async () => {
    const dataDir = copyOf(original.dataDir);
    const service = await serve(dataDir);
    truncateDatabase(dataDir);
    const kms = clientFor(service.url);
    const refusal = await refusalOf(kms.send(new DecryptCommand({ CiphertextBlob: original.blobs.mine })));
    kms.destroy();
    expect(refusal).toMatchObject({ name: 'KMSInternalException', status: 500 });
    await service.kill();
    expect(new Set(await doctorOf(dataDir))).toEqual(new Set(['database-file']));
    expect((await refusedStart(dataDir)).stderr).toMatch(/truncated|cannot be read/);
  });

  it('is refused at the next start: the seal header of another installation, over which the service goes on', async () => {
    const dataDir = copyOf(original.dataDir);
    const service = await serve(dataDir);
    replaceSealHeader(dataDir, foreignDir);
    const kms = clientFor(service.url);
    await kms.send(new DecryptCommand({ CiphertextBlob: original.blobs.mine }));
    kms.destroy();
    await service.kill();
    expect(await doctorOf(dataDir)).toEqual([
      expect.stringContaining('The seal does not open the seal header'),
    ]);
    expect((await refusedStart(dataDir)).stderr).toContain('The seal does not open the seal header');
  });

  it('is found by the doctor, and at the next start: a deleted end of the journal, behind which the service writes on', async () => {
    const dataDir = copyOf(original.dataDir);
    const service = await serve(dataDir);
    const kms = clientFor(service.url);
    await kms.send(new CreateKeyCommand({}));
    deleteJournalTail(dataDir, 1);
    await kms.send(new CreateKeyCommand({}));
    kms.destroy();
    await service.kill();
    expect(await doctorOf(dataDir)).toEqual(['journal-chain']);
    const next = await serve(dataDir);
    expect(next.errorLines().join('\n')).toContain('journal chain broken');
  });
});
