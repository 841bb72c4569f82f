import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCertificateAuthority } from '../../conformance/src/tls/certificates.ts';
import { runAuthorizationTable } from './authorization-table.ts';
import { runKeyTable } from './key-table.ts';
import { percentile, runLoad } from './load.ts';
import { measure, type Measured, median, runFor } from './measure.ts';
import { createKeys, type Row, Rows } from './rows.ts';
import { type BenchTls, ServerProcess } from './server-process.ts';
import { signedRequest } from './signed-request.ts';

const usage = `npm run bench -- [options]
  --seconds N       length of each measured run (default 3)
  --rounds N        runs of each row; the median counts (default 3)
  --keys N          keys of the many-keys rows (default 10000)
  --only TEXT       rows whose name contains TEXT
  --transport NAME  plain, tls or both (default both)
  --part NAME       symmetric, keys (key pairs and MACs), authorization or all (default all); all but symmetric
                    over plain HTTP only
  --help            print this help`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    keys: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
    transport: { type: 'string', default: 'both' },
    part: { type: 'string', default: 'all' },
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

const isAsked = (part: string): boolean => values.part === part || values.part === 'all';

const dataDir = mkdtempSync(join(tmpdir(), 'keyhaven-bench-'));
console.log(`Node ${process.version}, ${cpus().length} cores`);

/** Measures one row, the service and the echo in turns. */
async function runRow(server: ServerProcess, row: Row, tls: BenchTls | undefined): Promise<void> {
  const echo = await ServerProcess.start('./echo-server.ts', String(row.replyBytes), tls);
  const echoShot = () => ({ request: row.shot().request, expect: undefined });
  const ours: Measured[] = [];
  const bare: Measured[] = [];
  await runFor(seconds, echo, row.connections, echoShot);
  await runFor(seconds, server, row.connections, row.shot);
  for (let round = 0; round < rounds; round++) {
    bare.push(await measure(echo, seconds, row.connections, echoShot));
    ours.push(await measure(server, seconds, row.connections, row.shot));
  }
  await echo.stop();
  const of = (all: readonly Measured[], part: keyof Measured) => median(all.map((one) => one[part]));
  const ratio = of(ours, 'cpu') / of(bare, 'cpu');
  const cells = [
    row.name.padEnd(48),
    of(bare, 'cpu').toFixed(1).padStart(6),
    of(ours, 'cpu').toFixed(1).padStart(6),
    ratio.toFixed(2).padStart(5),
    of(ours, 'rate').toFixed(0).padStart(6),
    of(bare, 'rate').toFixed(0).padStart(6),
    of(ours, 'p50').toFixed(2).padStart(6),
    of(ours, 'p99').toFixed(2).padStart(6),
    ratio <= budget ? 'yes' : 'NO',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

/** No fsync on the event loop: reads must hardly feel that others write. */
async function decryptBesideWrites(server: ServerProcess, rows: Rows): Promise<void> {
  const { shot } = await rows.decrypt('', 1, 32, 4);
  const idle = await runFor(seconds, server, 4, shot);
  let isWriting = true;
  const create = () =>
    isWriting
      ? { request: signedRequest(server.port, 'CreateKey', '{}'), expect: '"KeyMetadata"' }
      : undefined;
  const writes = runLoad(server, 4, create);
  const busy = await runFor(seconds, server, 4, shot);
  isWriting = false;
  const { requests } = await writes;
  const [before, during] = [percentile(idle.latenciesMs, 0.99), percentile(busy.latenciesMs, 0.99)];
  console.log(
    `\nDecrypt p99 over 4 connections: ${before.toFixed(2)} ms idle, ${during.toFixed(2)} ms beside 4 clients that make ` +
      `${(requests / seconds).toFixed(0)} keys a second (${(during / before).toFixed(2)} x; budget 2 x)`,
  );
}

const table: readonly (readonly [string, (rows: Rows, name: string) => Row | Promise<Row>])[] = [
  ['Encrypt 32 B, 1 key, 32 connections', (rows, name) => rows.encrypt(name, 1, 32, 32)],
  ['Encrypt 1 KiB, 1 key, 32 connections', (rows, name) => rows.encrypt(name, 1, 1024, 32)],
  [`Encrypt 1 KiB, ${manyKeys} keys, 32 connections`, (rows, name) => rows.encrypt(name, manyKeys, 1024, 32)],
  ['Encrypt 1 KiB, 1 key, 1 connection', (rows, name) => rows.encrypt(name, 1, 1024, 1)],
  ['Decrypt 32 B, 1 key, 32 connections', (rows, name) => rows.decrypt(name, 1, 32, 32)],
  ['Decrypt 1 KiB, 1 key, 32 connections', (rows, name) => rows.decrypt(name, 1, 1024, 32)],
  [`Decrypt 1 KiB, ${manyKeys} keys, 32 connections`, (rows, name) => rows.decrypt(name, manyKeys, 1024, 32)],
  ['GenerateDataKey AES_256, 1 key, 32 connections', (rows, name) => rows.generateDataKey(name, 1, 32)],
  [
    `GenerateDataKey AES_256, ${manyKeys} keys, 32 connections`,
    (rows, name) => rows.generateDataKey(name, manyKeys, 32),
  ],
];

/** The table over one transport, with these keys in the data folder. */
async function runTable(server: ServerProcess, keys: readonly string[], tls?: BenchTls): Promise<void> {
  console.log(
    `\n${tls === undefined ? 'Plain HTTP' : 'TLS'}: CPU microseconds a request, all threads; signature, policy and ` +
      'journal on; every request distinct\n',
  );
  console.log(
    `| ${'row'.padEnd(48)} |   echo | server | ratio |  req/s | echo/s | p50 ms | p99 ms | in budget |`,
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  const rows = new Rows(server, keys);
  for (const [name, make] of table) {
    if (name.includes(values.only)) await runRow(server, await make(rows, name), tls);
  }
  if ('Decrypt beside CreateKey'.includes(values.only)) await decryptBesideWrites(server, rows);
}

const server = await ServerProcess.start('./keyhaven-server.ts', dataDir);
console.log(`start: ${server.startMs.toFixed(0)} ms from the spawn of the process, an empty folder`);
const createdAt = performance.now();
const keys = await createKeys(server, manyKeys);
const createRate = manyKeys / ((performance.now() - createdAt) / 1000);
console.log(`CreateKey: ${createRate.toFixed(0)}/s over 64 connections, each durable before its reply`);
if (values.transport !== 'tls') {
  const extent = { seconds, rounds, only: values.only };
  if (isAsked('symmetric')) await runTable(server, keys);
  if (isAsked('keys')) await runKeyTable(server, new Rows(server, keys), extent);
  if (isAsked('authorization')) await runAuthorizationTable(extent);
}
await server.stop();

const authority = createCertificateAuthority();
const tls = { ...authority.issue('bench'), ca: authority.cert };
const again = await ServerProcess.start('./keyhaven-server.ts', dataDir, tls);
console.log(
  `\nstart: ${again.startMs.toFixed(0)} ms from the spawn of the process, the folder with these keys, TLS`,
);
if (values.transport !== 'plain' && isAsked('symmetric')) await runTable(again, keys, tls);
await again.stop();
authority.remove();
rmSync(dataDir, { recursive: true, force: true });
