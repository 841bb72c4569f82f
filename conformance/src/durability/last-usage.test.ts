import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyLastUsageCommand,
  type KeyLastUsageData,
  KMSClient,
} from '@aws-sdk/client-kms';
import { examineFolder } from '@keyhaven/server';
import { administer, readJournal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  backUp,
  makeIdentity,
  opened,
  restored,
  restoreOptions,
  temporaryFolder,
} from '../backup/restorable.ts';
import { serveFolder } from './served-folder.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

function folder(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhaven-usage-'));
  onTestFinished(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });
  return dataDir;
}

function clientFor(endpoint: string): KMSClient {
  return new KMSClient({ endpoint, region: 'eu-west-2', credentials, maxAttempts: 1 });
}

async function makeKeys(client: KMSClient, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++)
    ids.push((await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '');
  return ids;
}

async function usagesOf(client: KMSClient, keyIds: readonly string[]) {
  const replies = keyIds.map((KeyId) => client.send(new GetKeyLastUsageCommand({ KeyId })));
  return (await Promise.all(replies)).map(({ KeyLastUsage }) => KeyLastUsage);
}

/** What the journal says of the last successful Encrypt, Decrypt or GenerateDataKey of each key. */
function usagesInJournal(dataDir: string, keyIds: readonly string[]): readonly KeyLastUsageData[] {
  const records = readJournal(join(dataDir, 'journal'));
  return keyIds.map((keyId) => {
    const last = records.findLast(
      ({ eventName, resources, errorCode }) =>
        ['Encrypt', 'Decrypt', 'GenerateDataKey'].includes(String(eventName)) &&
        errorCode === undefined &&
        JSON.stringify(resources).includes(keyId),
    );
    if (last === undefined) return {};
    const { eventName, eventTime, eventId, requestId } = last;
    return {
      Operation: eventName as KeyLastUsageData['Operation'],
      Timestamp: new Date(Number(eventTime)),
      CloudTrailEventId: String(eventId),
      KmsRequestId: String(requestId),
    };
  });
}

/** Uses some keys, each differently often, and fails with some. */
async function useSome(client: KMSClient, keyIds: readonly string[], round: number): Promise<void> {
  for (const [index, KeyId] of keyIds.entries()) {
    if ((index + round) % 3 === 0) continue;
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('a') }));
    if (index % 2 === 0) await client.send(new DecryptCommand({ CiphertextBlob }));
    await refusalOf(client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', DryRun: true })));
    await client.send(new DescribeKeyCommand({ KeyId }));
  }
}

describe('The last usage of keys', () => {
  it('is exactly what the journal tells after SIGKILL, whether or not some of it was stored before', async () => {
    const dataDir = folder();
    let service = await serveFolder(dataDir);
    onTestFinished(() => service.kill());
    let client = clientFor(service.url);
    const keyIds = await makeKeys(client, 9);
    for (let round = 0; round < 4; round++) {
      await useSome(client, keyIds.slice(0, 8), round);
      const before = await usagesOf(client, keyIds);
      client.destroy();
      // A stop stores everything; the kills around it leave something to read from the journal.
      await (round === 1 ? service.stop() : service.kill());
      service = await serveFolder(dataDir);
      client = clientFor(service.url);
      expect(await usagesOf(client, keyIds), `round ${round}`).toEqual(before);
      expect(before).toEqual(usagesInJournal(dataDir, keyIds));
      expect(before.at(-1)).toEqual({});
    }
    client.destroy();
    await service.stop();
    const { findings } = await examineFolder({ dataDir }, () => undefined);
    expect(findings.filter(({ severity }) => severity === 'damage')).toEqual([]);
  });

  it('stands through a rotation of the domain key above it, and through a kill behind that', async () => {
    const dataDir = folder();
    const first = await serveFolder(dataDir);
    onTestFinished(() => first.kill());
    const client = clientFor(first.url);
    const keyIds = await makeKeys(client, 3);
    await useSome(client, keyIds, 1);
    client.destroy();
    await first.stop();

    const second = await serveFolder(dataDir);
    onTestFinished(() => second.kill());
    const again = clientFor(second.url);
    const before = await usagesOf(again, keyIds);
    const socket = join(dataDir, 'admin.sock');
    await administer(socket, 'domain-rotate', { scope: { kind: 'all' } });
    await administer(socket, 'root-rotate');
    expect(await usagesOf(again, keyIds)).toEqual(before);
    await again.send(new EncryptCommand({ KeyId: keyIds[0], Plaintext: Buffer.from('b') }));
    again.destroy();
    await second.kill();

    const third = await serveFolder(dataDir);
    onTestFinished(() => third.kill());
    const last = clientFor(third.url);
    expect(await usagesOf(last, keyIds)).toEqual(usagesInJournal(dataDir, keyIds));
    last.destroy();
  });
});

describe('The last usage of keys in a restored installation', () => {
  it('is completed from the journal that went on after the backup', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const client = service.client();
    const keyIds = await makeKeys(client, 4);
    await useSome(client, keyIds, 1);
    const to = temporaryFolder();
    const { path } = await backUp(service, { to, recipients: [identity.recipient] });
    await client.send(new EncryptCommand({ KeyId: keyIds[2], Plaintext: Buffer.from('after') }));
    const before = await usagesOf(client, keyIds);
    const { service: back } = await restored(restoreOptions(service, identity, path));
    expect(await usagesOf(back.client(), keyIds)).toEqual(before);
  });

  it('is tracked anew without that journal: nothing is claimed about the time that it told of', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const client = service.client();
    const keyIds = await makeKeys(client, 2);
    await useSome(client, keyIds, 1);
    const { path } = await backUp(service, { to: temporaryFolder(), recipients: [identity.recipient] });
    const allow = new Set(['lost-destructions'] as const);
    const options = restoreOptions(service, identity, path, { journal: undefined, allow });
    const { service: back } = await restored(options);
    const reply = await back.client().send(new GetKeyLastUsageCommand({ KeyId: keyIds[0] }));
    expect(reply.KeyLastUsage).toEqual({});
    expect(reply.TrackingStartDate?.getTime()).toBeGreaterThan(reply.KeyCreationDate?.getTime() ?? Infinity);
  });
});
