import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CancelKeyDeletionCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Acknowledged, type Ciphertext, CrashLoad, type Expected } from './crash-load.ts';
import { changesOf, verifyJournal } from './journal-verifier.ts';
import { killWhileStarting, serveFolder, type ServedFolder } from './served-folder.ts';
import { readStoredFacts } from './stored-facts.ts';

/** How often the service is killed: half of the times under load, half while it starts and recovers. */
const kills = Number(process.env['CRASH_TEST_KILLS'] ?? 200);
const clients = 4;
/** Milliseconds of writing before a kill. Spread evenly, so that every phase of start and work is hit. */
const longestLifeMs = 240;
const longestStartMs = 400;

function clientFor(url: string): KMSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new KMSClient({ endpoint: url, region: 'eu-west-2', credentials, maxAttempts: 1 });
}

/** Settles what was under way when the service died on what the store says, which must be the old or the new value. */
function settle<T>(expected: Expected<T>, found: T, what: string, faults: string[]): void {
  if (found !== expected.settled && (expected.attempted === undefined || found !== expected.attempted)) {
    faults.push(`${what} is ${String(found)}, acknowledged was ${String(expected.settled)}`);
  }
  expected.settled = found;
  expected.attempted = undefined;
}

/** Every fault of the folder after a restart, each in a sentence. */
function faultsOf(dataDir: string, acknowledged: Acknowledged): readonly string[] {
  const facts = readStoredFacts(dataDir);
  const faults = [...facts.flaws];
  for (const { keyId, state, tag, materials } of acknowledged.keys) {
    settle(state, facts.stateByKey.get(keyId) ?? 'missing', `the state of ${keyId}`, faults);
    settle(tag, facts.valueByTag.get(`${keyId} state`) ?? 'none', `the tag of ${keyId}`, faults);
    settle(
      materials,
      facts.materialsByKey.get(keyId) ?? 0,
      `the number of key materials of ${keyId}`,
      faults,
    );
  }
  for (const [name, alias] of acknowledged.aliases) {
    settle(alias, facts.targetByAlias.get(name) ?? '', `the target of ${name}`, faults);
  }
  return [...faults, ...journalFaults(dataDir, acknowledged, facts.commits)];
}

function journalFaults(dataDir: string, acknowledged: Acknowledged, commits: number): readonly string[] {
  const faults: string[] = [];
  const records = verifyJournal(join(dataDir, 'journal'));
  const timesByEvent = new Map<unknown, number>();
  const timesByRequest = new Map<unknown, number>();
  for (const { eventId, requestId } of records) {
    timesByEvent.set(eventId, (timesByEvent.get(eventId) ?? 0) + 1);
    timesByRequest.set(requestId, (timesByRequest.get(requestId) ?? 0) + 1);
  }
  for (const [eventId, times] of timesByEvent)
    if (times !== 1) faults.push(`event ${String(eventId)} is there ${times} times`);
  for (const requestId of acknowledged.requests.keys()) {
    const times = timesByRequest.get(requestId) ?? 0;
    if (times !== 1) faults.push(`the acknowledged request ${requestId} has ${times} records`);
  }
  // Each commit raised a head by one: as many records of changes as commits is one record for each, answered or not.
  const changes = changesOf(records).length;
  if (changes !== commits) faults.push(`${commits} commits have ${changes} records`);
  return faults;
}

describe('a service that is killed under load', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhaven-crash-'));
  const acknowledged = new Acknowledged();
  const loads = Array.from({ length: clients }, (_, index) => new CrashLoad(acknowledged, `client-${index}`));
  let service: ServedFolder;

  beforeAll(async () => {
    service = await serveFolder(dataDir);
  });
  afterAll(async () => {
    await service.kill();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const open = async (client: KMSClient, { blob, plaintext }: Ciphertext) => {
    const reply = await client.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(Buffer.from(reply.Plaintext ?? []).toString()).toBe(plaintext);
  };

  /** Through the API: every key that is not enabled is what the store says, and is enabled; ciphertexts open. */
  const askService = async (client: KMSClient, ciphertexts: readonly Ciphertext[]) => {
    for (const { keyId: KeyId, state } of acknowledged.keys) {
      if (state.settled === 'Enabled') continue;
      const reply = await client.send(new DescribeKeyCommand({ KeyId }));
      expect(reply.KeyMetadata?.KeyState).toBe(state.settled);
      if (state.settled === 'PendingDeletion') await client.send(new CancelKeyDeletionCommand({ KeyId }));
      await client.send(new EnableKeyCommand({ KeyId }));
      state.settled = 'Enabled';
    }
    for (const ciphertext of ciphertexts) await open(client, ciphertext);
  };

  it(
    `keeps everything it acknowledged, whole and with one record each, over ${kills} kills`,
    { timeout: kills * 5000 },
    async () => {
      for (let kill = 2; kill <= kills; kill += 2) {
        const openedBefore = acknowledged.ciphertexts.length;
        const client = clientFor(service.url);
        const running = loads.map((load) => load.run(client));
        await wait((longestLifeMs * ((kill * 89) % kills)) / kills);
        await service.kill();
        await Promise.all(running);
        client.destroy();
        await killWhileStarting(dataDir, (longestStartMs * ((kill * 53) % kills)) / kills);

        service = await serveFolder(dataDir);
        expect(faultsOf(dataDir, acknowledged), `after kill ${kill}`).toEqual([]);
        const next = clientFor(service.url);
        await askService(next, acknowledged.ciphertexts.slice(openedBefore));
        next.destroy();
      }
      expect(acknowledged.requests.size).toBeGreaterThan(kills);
      process.stdout.write(`${acknowledged.requests.size} requests acknowledged over ${kills} kills\n`);
    },
  );

  it('describes every acknowledged key, resolves every alias and opens every ciphertext at the end', async () => {
    const client = clientFor(service.url);
    for (const { keyId: KeyId } of acknowledged.keys) {
      const reply = await client.send(new DescribeKeyCommand({ KeyId }));
      expect(reply.KeyMetadata?.KeyState).toBe('Enabled');
    }
    for (const [KeyId, { settled }] of acknowledged.aliases) {
      if (settled === '') continue;
      const reply = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
      expect(reply.KeyId).toMatch(new RegExp(`${settled}$`));
    }
    for (const ciphertext of acknowledged.ciphertexts) await open(client, ciphertext);
    client.destroy();
  });
});
