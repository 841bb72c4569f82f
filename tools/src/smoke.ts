import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  KMSClient,
} from '@aws-sdk/client-kms';

/*
 * Why: the packages promise to run under older releases of Node than the pinned one. Run by the Node in question,
 * this starts the command with that same Node, asks for its health, sends a message there and back and ends it.
 */

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-smoke-'));
const command = join(import.meta.dirname, '../../packages/cli/bin/keyhaven.js');
const service = spawn(
  process.execPath,
  [command, 'serve', '--port', '0', '--data-dir', join(folder, 'data')],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
const ended = new Promise<number | null>((resolve) => service.once('exit', resolve));

async function readUrl(): Promise<string> {
  for await (const line of createInterface({ input: service.stdout })) {
    const url = /^listening on (http:\S+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the service ended before it listened');
}

async function roundTrip(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new KMSClient({ endpoint, region: 'eu-west-2', credentials });
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  await client.send(new CreateAliasCommand({ AliasName: 'alias/smoke', TargetKeyId: KeyMetadata?.KeyId }));
  const Plaintext = Buffer.from('there and back');
  const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: 'alias/smoke', Plaintext }));
  const opened = await client.send(new DecryptCommand({ CiphertextBlob }));
  client.destroy();
  if (!Plaintext.equals(opened.Plaintext ?? Buffer.alloc(0)))
    throw new Error('the plaintext came back changed');
}

try {
  const url = await readUrl();
  const health = await fetch(`${url}/health`);
  if (health.status !== 200) throw new Error(`the service is not healthy: ${health.status}`);
  await roundTrip(url);
  service.kill('SIGTERM');
  const code = await ended;
  if (code !== 0) throw new Error(`the service ended with ${String(code)}`);
  process.stdout.write(`Node ${process.versions.node}: start, health, encrypt, decrypt and end work\n`);
} finally {
  service.kill('SIGKILL');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
