import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type LoadResult, percentile, runLoad, type Shot } from './load.ts';
import { ServerProcess } from './server-process.ts';
import { signedRequest } from './signed-request.ts';

const usage = `npm run bench -- [options]
  --seconds N       length of each measured run (default 3)
  --rounds N        runs of each row; the median counts (default 3)
  --keys N          keys of the many-keys rows (default 10000)
  --only TEXT       rows whose name contains TEXT`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    keys: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const manyKeys = Number(values.keys);

/** What the budget allows: CPU of the whole server, as a multiple of the bare echo's. */
const budget = 2.0;

const dataDir = mkdtempSync(join(tmpdir(), 'keyhaven-bench-'));
const server = await ServerProcess.start('./keyhaven-server.ts', dataDir);
console.log(
  `Node ${process.version}, ${cpus().length} cores; service started in ${server.startMs.toFixed(0)} ms (process included)\n`,
);

const keys = await createKeys(manyKeys);
interface Sealed {
  readonly blob: string;
  readonly plaintext: string;
  readonly context: string;
}

interface Row {
  readonly name: string;
  readonly connections: number;
  readonly shot: () => Shot;
  /** The size of the reply's body, for the echo's constant. */
  readonly replyBytes: number;
  readonly request: () => string;
}

function context(): string {
  return `{"purpose":"bench","id":"${randomBytes(8).toString('hex')}"}`;
}

function pick(count: number): string {
  return keys[Math.floor(Math.random() * Math.min(count, keys.length))] ?? '';
}

function encryptBody(keyCount: number, bytes: number): { body: string; plaintext: string; context: string } {
  const plaintext = randomBytes(bytes).toString('base64');
  const pairs = context();
  return {
    body: `{"KeyId":"${pick(keyCount)}","Plaintext":"${plaintext}","EncryptionContext":${pairs}}`,
    plaintext,
    context: pairs,
  };
}

async function seal(keyCount: number, bytes: number, count: number): Promise<readonly Sealed[]> {
  const sealed: Sealed[] = [];
  let left = count;
  // One connection, so that replies come in the order of the requests.
  const pending: { plaintext: string; context: string }[] = [];
  await runLoad(
    server.port,
    1,
    () => {
      if (left-- <= 0) return undefined;
      const { body, ...rest } = encryptBody(keyCount, bytes);
      pending.push(rest);
      return { request: signedRequest(server.port, 'Encrypt', body), expect: '"CiphertextBlob"' };
    },
    (reply) => {
      const { CiphertextBlob } = JSON.parse(reply) as { CiphertextBlob: string };
      const next = pending.shift();
      if (next !== undefined) sealed.push({ blob: CiphertextBlob, ...next });
    },
  );
  return sealed;
}

async function createKeys(count: number): Promise<readonly string[]> {
  const made: string[] = [];
  let left = count;
  const startedAt = performance.now();
  await runLoad(
    server.port,
    64,
    () =>
      left-- > 0
        ? { request: signedRequest(server.port, 'CreateKey', '{}'), expect: '"KeyMetadata"' }
        : undefined,
    (reply) => made.push((JSON.parse(reply) as { KeyMetadata: { KeyId: string } }).KeyMetadata.KeyId),
  );
  const rate = count / ((performance.now() - startedAt) / 1000);
  console.log(
    `CreateKey: ${count} keys over 64 connections, ${rate.toFixed(0)}/s, each durable before its reply\n`,
  );
  return made;
}

function encryptRow(name: string, keyCount: number, bytes: number, connections: number): Row {
  const make = () => signedRequest(server.port, 'Encrypt', encryptBody(keyCount, bytes).body);
  const replyBytes = Math.ceil((bytes + 162) / 3) * 4 + 150;
  return {
    name,
    connections,
    replyBytes,
    request: make,
    shot: () => ({ request: make(), expect: '"CiphertextBlob"' }),
  };
}

async function decryptRow(name: string, keyCount: number, bytes: number, connections: number): Promise<Row> {
  const sealed = await seal(keyCount, bytes, 5000);
  let at = 0;
  const make = () => {
    const next = sealed[at++ % sealed.length];
    if (next === undefined) throw new Error('nothing was sealed');
    const body = `{"CiphertextBlob":"${next.blob}","EncryptionContext":${next.context}}`;
    return {
      request: signedRequest(server.port, 'Decrypt', body),
      expect: `"Plaintext":"${next.plaintext}"`,
    };
  };
  const replyBytes = Math.ceil(bytes / 3) * 4 + 240;
  return { name, connections, replyBytes, request: () => make().request, shot: make };
}

function dataKeyRow(name: string, keyCount: number, connections: number): Row {
  const make = () =>
    signedRequest(
      server.port,
      'GenerateDataKey',
      `{"KeyId":"${pick(keyCount)}","KeySpec":"AES_256","EncryptionContext":${context()}}`,
    );
  return {
    name,
    connections,
    replyBytes: 248 + 44 + 230,
    request: make,
    shot: () => ({ request: make(), expect: '"Plaintext"' }),
  };
}

async function timed(port: number, connections: number, nextShot: () => Shot): Promise<LoadResult> {
  const endAt = performance.now() + seconds * 1000;
  return runLoad(port, connections, () => (performance.now() < endAt ? nextShot() : undefined));
}

interface Measured {
  readonly cpu: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

async function measure(target: ServerProcess, connections: number, nextShot: () => Shot): Promise<Measured> {
  const before = await target.cpuMicroseconds();
  const result = await timed(target.port, connections, nextShot);
  const cpu = ((await target.cpuMicroseconds()) - before) / result.requests;
  return {
    cpu,
    rate: result.requests / result.seconds,
    p50: percentile(result.latenciesMs, 0.5),
    p99: percentile(result.latenciesMs, 0.99),
  };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

async function runRow(row: Row): Promise<void> {
  const echo = await ServerProcess.start('./echo-server.ts', String(row.replyBytes));
  const echoShot = () => ({ request: row.request(), expect: undefined });
  const ours: Measured[] = [];
  const bare: Measured[] = [];
  await timed(echo.port, row.connections, echoShot);
  await timed(server.port, row.connections, row.shot);
  for (let round = 0; round < rounds; round++) {
    bare.push(await measure(echo, row.connections, echoShot));
    ours.push(await measure(server, row.connections, row.shot));
  }
  await echo.stop();
  const of = (all: readonly Measured[], part: keyof Measured) => median(all.map((one) => one[part]));
  const ratio = of(ours, 'cpu') / of(bare, 'cpu');
  console.log(
    `| ${row.name.padEnd(44)} | ${of(bare, 'cpu').toFixed(1).padStart(6)} | ${of(ours, 'cpu').toFixed(1).padStart(6)} | ` +
      `${ratio.toFixed(2).padStart(5)} | ${of(ours, 'rate').toFixed(0).padStart(6)} | ${of(bare, 'rate').toFixed(0).padStart(6)} | ` +
      `${of(ours, 'p50').toFixed(2).padStart(6)} | ${of(ours, 'p99').toFixed(2).padStart(6)} | ${ratio <= budget ? 'yes' : 'NO'} |`,
  );
}

const table: readonly (readonly [string, (name: string) => Row | Promise<Row>])[] = [
  ['Encrypt 32 B, 1 key, 32 connections', (name) => encryptRow(name, 1, 32, 32)],
  ['Encrypt 1 KiB, 1 key, 32 connections', (name) => encryptRow(name, 1, 1024, 32)],
  [`Encrypt 1 KiB, ${manyKeys} keys, 32 connections`, (name) => encryptRow(name, manyKeys, 1024, 32)],
  ['Encrypt 1 KiB, 1 key, 1 connection', (name) => encryptRow(name, 1, 1024, 1)],
  ['Decrypt 32 B, 1 key, 32 connections', (name) => decryptRow(name, 1, 32, 32)],
  ['Decrypt 1 KiB, 1 key, 32 connections', (name) => decryptRow(name, 1, 1024, 32)],
  [`Decrypt 1 KiB, ${manyKeys} keys, 32 connections`, (name) => decryptRow(name, manyKeys, 1024, 32)],
  ['GenerateDataKey AES_256, 1 key, 32 connections', (name) => dataKeyRow(name, 1, 32)],
  [`GenerateDataKey AES_256, ${manyKeys} keys, 32 conns`, (name) => dataKeyRow(name, manyKeys, 32)],
];

console.log(
  'CPU microseconds a request, all threads; signature, policy and journal on; every request distinct\n',
);
console.log(
  '| row                                          |   echo | server | ratio |  req/s | echo/s | p50 ms | p99 ms | in budget |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const [name, make] of table) if (name.includes(values.only)) await runRow(await make(name));

if ('Decrypt beside CreateKey'.includes(values.only)) await decryptBesideWrites();

async function decryptBesideWrites(): Promise<void> {
  const row = await decryptRow('', 1, 32, 4);
  const idle = await timed(server.port, 4, row.shot);
  let writing = true;
  const writes = runLoad(server.port, 4, () =>
    writing ? { request: signedRequest(server.port, 'CreateKey', '{}'), expect: '"KeyMetadata"' } : undefined,
  );
  const busy = await timed(server.port, 4, row.shot);
  writing = false;
  await writes;
  const [before, during] = [percentile(idle.latenciesMs, 0.99), percentile(busy.latenciesMs, 0.99)];
  console.log(
    `\nDecrypt p99, 4 connections: ${before.toFixed(2)} ms idle, ${during.toFixed(2)} ms beside 4 clients that create keys ` +
      `(${(during / before).toFixed(2)} x; budget 2 x)`,
  );
}

await server.stop();
rmSync(dataDir, { recursive: true, force: true });
