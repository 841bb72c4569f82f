import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CommandLine, type ServedInstallation } from './command-line.ts';

/*
 * The whole way of a new user, by the command line and the AWS SDK alone: from an empty folder to a service over TLS, a
 * backup, and that backup restored elsewhere. How long each step takes is printed, and never judged.
 */

let folder: string;
let keyhaven: CommandLine;
const steps: { readonly step: string; readonly seconds: string }[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-new-user-'));
  keyhaven = new CommandLine(folder);
});

afterAll(() => {
  keyhaven.end();
  rmSync(folder, { recursive: true, force: true });
});

async function timed<T>(step: string, act: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await act();
  steps.push({ step, seconds: ((performance.now() - began) / 1000).toFixed(2) });
  return result;
}

/** With the credentials and the certificate that `keyhaven init` left. */
function clientOf({ url }: ServedInstallation, dataDir: string): KMSClient {
  const credentials = readFileSync(join(folder, 'credentials.ini'), 'utf8');
  const find = (name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(credentials)?.[1] ?? '';
  return new KMSClient({
    endpoint: url,
    region: 'eu-west-2',
    credentials: { accessKeyId: find('aws_access_key_id'), secretAccessKey: find('aws_secret_access_key') },
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(join(folder, dataDir, 'tls-cert.pem')) }) },
  });
}

async function makeKey(kms: KMSClient, text: string) {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }));
  return { KeyId, CiphertextBlob };
}

const withPassphrase = ['--passphrase-file', 'passphrase.txt'];

async function initialise(): Promise<void> {
  writeFileSync(join(folder, 'passphrase.txt'), 'tundra vinegar oblique marmot lantern quarry\n', {
    mode: 0o600,
  });
  const recipient = (await keyhaven.run('backup', 'identity', 'recovery.txt', '--classical')).trim();
  const seal = ['--seal', 'passphrase', ...withPassphrase];
  const tls = ['--tls-self-signed', 'localhost'];
  const rest = ['--credentials-file', 'credentials.ini', '--backup-recipient', recipient];
  await keyhaven.run('init', '--data-dir', 'first', ...seal, ...tls, ...rest);
}

/** Schedules the key's deletion and lets the waiting period pass. */
async function destroy(service: ServedInstallation, kms: KMSClient, KeyId: string): Promise<void> {
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  service.letEightDaysPass();
  await vi.waitFor(
    async () => {
      const status = await keyhaven.run('destruction', 'status', '--data-dir', 'first', '--json');
      expect(JSON.parse(status)).toMatchObject({ scheduled: [], destroyed: [{ materials: 1 }] });
    },
    { timeout: 60_000, interval: 500 },
  );
}

async function restore(): Promise<string> {
  const [backup = ''] = readdirSync(join(folder, 'backups'));
  const given = ['--identity-file', 'recovery.txt', '--journal', 'first/journal', ...withPassphrase];
  const told = await keyhaven.run('restore', `backups/${backup}`, '--data-dir', 'second', ...given);
  for (const name of ['keyhaven.yaml', 'tls-cert.pem', 'tls-key.pem'])
    copyFileSync(join(folder, 'first', name), join(folder, 'second', name));
  return told;
}

it('A new user comes from an empty folder to a service over TLS, to a backup, and to that backup restored', async () => {
  await timed('keyhaven init', initialise);
  const first = await timed('keyhaven serve, until it listens', () =>
    keyhaven.serve(['--data-dir', 'first'], { withMovableTime: true }),
  );
  const kms = clientOf(first, 'first');
  await expect(kms.send(new CreateKeyCommand({}))).rejects.toMatchObject({
    name: 'ServiceUnavailableException',
  });
  await timed('keyhaven unseal', () => keyhaven.run('unseal', '--data-dir', 'first', ...withPassphrase));
  const kept = await timed('a key, and something encrypted', () => makeKey(kms, 'nemo'));
  const doomed = await makeKey(kms, 'marlin');

  mkdirSync(join(folder, 'backups'));
  await timed('keyhaven backup', () => keyhaven.run('backup', '--data-dir', 'first', '--to', 'backups'));
  await destroy(first, kms, doomed.KeyId);
  kms.destroy();
  expect(await first.stop()).toBe(0);

  const told = await timed('keyhaven restore', restore);
  expect(told).toMatch(/^Destroyed again +1 key$/m);
  const second = await timed('keyhaven serve and unseal, restored', () =>
    keyhaven.serve(['--data-dir', 'second', ...withPassphrase]),
  );
  const again = clientOf(second, 'second');
  const { Plaintext } = await timed('decrypt', () =>
    again.send(new DecryptCommand({ CiphertextBlob: kept.CiphertextBlob })),
  );
  expect(Buffer.from(Plaintext ?? []).toString()).toBe('nemo');
  await expect(again.send(new DescribeKeyCommand({ KeyId: doomed.KeyId }))).rejects.toMatchObject({
    name: 'NotFoundException',
  });
  await expect(
    again.send(new DecryptCommand({ CiphertextBlob: doomed.CiphertextBlob })),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  again.destroy();
  expect(await second.stop()).toBe(0);
  console.table(steps);
}, 240_000);
