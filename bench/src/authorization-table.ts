import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accountId,
  createHeavyKey,
  createLightKey,
  grantedUser,
  permittedUser,
  seedText,
} from './authorized-callers.ts';
import type { Extent } from './key-table.ts';
import type { Shot, Target } from './load.ts';
import { measure, type Measured, median, runFor } from './measure.ts';
import { ServerProcess } from './server-process.ts';
import { type AccessKey, signedRequest } from './signed-request.ts';

/** The budget: Encrypt over all these policies and grants, as a multiple of Encrypt under the default key policy. */
const timesDefault = 1.5;

const connections = 32;

interface AuthorizationRow {
  readonly name: string;
  readonly keyId: string;
  /** Undefined: the account's root user. */
  readonly caller: AccessKey | undefined;
}

/** Encrypt of the same plaintexts by callers that are let in by more and more policies, each beside the first row. */
export async function runAuthorizationTable({ seconds, rounds, only }: Extent): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-bench-authorization-'));
  const seed = join(folder, 'seed.yaml');
  writeFileSync(seed, seedText());
  process.env['BENCH_SEED'] = seed;
  const server = await ServerProcess.start('./keyhaven-server.ts', join(folder, 'data'));
  delete process.env['BENCH_SEED'];
  const light = await createLightKey(server);
  const heavy = await createHeavyKey(server);
  const first: AuthorizationRow = { name: 'root, default key policy', keyId: light, caller: undefined };
  const others: readonly AuthorizationRow[] = [
    { name: 'user, default key policy, 10 managed policies', keyId: light, caller: permittedUser.accessKey },
    { name: 'root, 32 KB key policy, 1,000 grants', keyId: heavy, caller: undefined },
    {
      name: 'user, 32 KB key policy, 10 policies, 1,000 grants',
      keyId: heavy,
      caller: permittedUser.accessKey,
    },
    { name: 'user let in by one of the 1,000 grants', keyId: heavy, caller: grantedUser.accessKey },
  ];
  console.log(
    `\nAuthorization, account ${accountId}, plain HTTP: Encrypt 32 B, CPU microseconds a request, all threads, beside ` +
      `"${first.name}" in turns; budget ${timesDefault} x\n`,
  );
  console.log(`| ${'row'.padEnd(50)} | default | server | ratio |  req/s | p99 ms | in budget |`);
  console.log('|---|---|---|---|---|---|---|');
  for (const row of others) {
    if (!row.name.includes(only)) continue;
    const shots = [first, row].map((one) => encryptShots(server, one));
    const measured: Measured[][] = [[], []];
    for (const shot of shots) await runFor(seconds, server, connections, shot);
    for (let round = 0; round < rounds; round++)
      for (const [at, shot] of shots.entries())
        measured[at]?.push(await measure(server, seconds, connections, shot));
    printRow(row.name, measured[0] ?? [], measured[1] ?? []);
  }
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

function printRow(name: string, base: readonly Measured[], ours: readonly Measured[]): void {
  const of = (all: readonly Measured[], part: keyof Measured) => median(all.map((one) => one[part]));
  const ratio = of(ours, 'cpu') / of(base, 'cpu');
  const cells = [
    name.padEnd(50),
    of(base, 'cpu').toFixed(1).padStart(7),
    of(ours, 'cpu').toFixed(1).padStart(6),
    ratio.toFixed(2).padStart(5),
    of(ours, 'rate').toFixed(0).padStart(6),
    of(ours, 'p99').toFixed(2).padStart(6),
    ratio <= timesDefault ? 'yes' : 'NO',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function encryptShots(target: Target, { keyId, caller }: AuthorizationRow): () => Shot {
  return () => {
    const context = { purpose: 'bench', id: randomBytes(8).toString('hex') };
    const body = JSON.stringify({
      KeyId: keyId,
      Plaintext: randomBytes(32).toString('base64'),
      EncryptionContext: context,
    });
    return {
      request: signedRequest(target.port, 'Encrypt', body, caller),
      expect: '"CiphertextBlob"',
    };
  };
}
