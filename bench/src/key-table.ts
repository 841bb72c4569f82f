import { percentile, runLoad, type Shot, type Target } from './load.ts';
import { measure, type Measured, median, runFor } from './measure.ts';
import { type KeyRow, keyRows, signShots } from './key-rows.ts';
import type { Rows } from './rows.ts';
import { ServerProcess } from './server-process.ts';
import { opensslVersion } from './yardsticks.ts';

/** How long and how often each row is measured. */
export interface Extent {
  readonly seconds: number;
  readonly rounds: number;
  /** Rows whose name contains it. */
  readonly only: string;
}

/** The budget: so many times the bare operation, and what a symmetric request may cost beside the bare server. */
const timesOperation = 1.25;
const timesEcho = 2.0;

/** What symmetric requests may take while signatures are made as fast as can be. */
const mostMsBeside = 10;

/** The rows of key pairs and MACs, each beside the bare operation and the bare server of the same run. */
export async function runKeyTable(server: ServerProcess, rows: Rows, extent: Extent): Promise<void> {
  console.log(
    `\nKey pairs and MACs, plain HTTP: CPU microseconds a request, all threads. Allowed: ${timesOperation} x the bare ` +
      `operation and ${timesEcho} x the echo.\nThe bare operation: ${opensslVersion() ?? 'no openssl here'}, where "openssl ` +
      `speed" of any version has it; else Node's own, in a loop of one thread (OpenSSL ${process.versions.openssl}).\n`,
  );
  console.log(
    `| ${'row'.padEnd(33)} | ${'bare operation by'.padEnd(17)} |    bare |   echo |  server | allowed |  req/s | p50 ms | p99 ms | in budget |`,
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const row of keyRows) if (row.name.includes(extent.only)) await runKeyRow(server, row, extent);
  if ('Decrypt beside Sign RSA_2048'.includes(extent.only)) await decryptBesideSign(server, rows, extent);
}

async function runKeyRow(server: ServerProcess, row: KeyRow, { seconds, rounds }: Extent): Promise<void> {
  const { connections } = row;
  const shot = await row.shots(server);
  const echo = await ServerProcess.start('./echo-server.ts', String(await replyBytes(server, shot)));
  const echoShot = () => ({ request: shot().request, expect: undefined });
  await runFor(seconds, echo, connections, echoShot);
  await runFor(seconds, server, connections, shot);
  const ours: Measured[] = [];
  const echoCpu: number[] = [];
  const bareCpu: number[] = [];
  let source = '';
  for (let round = 0; round < rounds; round++) {
    const yardstick = row.yardstick(1);
    source = yardstick.source;
    bareCpu.push(yardstick.cpu);
    echoCpu.push((await measure(echo, seconds, connections, echoShot)).cpu);
    ours.push(await measure(server, seconds, connections, shot));
  }
  await echo.stop();
  const of = (part: keyof Measured) => median(ours.map((one) => one[part]));
  const allowed = timesOperation * median(bareCpu) + timesEcho * median(echoCpu);
  const cells = [
    row.name.padEnd(33),
    source.padEnd(17),
    median(bareCpu).toFixed(1).padStart(7),
    median(echoCpu).toFixed(1).padStart(6),
    of('cpu').toFixed(1).padStart(7),
    allowed.toFixed(1).padStart(7),
    of('rate').toFixed(0).padStart(6),
    of('p50').toFixed(2).padStart(6),
    of('p99').toFixed(2).padStart(6),
    of('cpu') <= allowed ? 'yes' : 'NO',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

/** How large a reply is, found by asking for one. */
async function replyBytes(target: Target, shot: () => Shot): Promise<number> {
  let bytes = 0;
  let left = 1;
  await runLoad(
    target,
    1,
    () => (left-- > 0 ? shot() : undefined),
    (body) => (bytes = body.length),
  );
  return bytes;
}

/** Asymmetric cryptography has threads of its own: symmetric requests must hardly feel it. */
async function decryptBesideSign(server: ServerProcess, rows: Rows, { seconds }: Extent): Promise<void> {
  const { shot } = await rows.decrypt('', 1, 32, 4);
  const sign = await signShots(server, 'RSA_2048', 'RSASSA_PSS_SHA_256');
  await runFor(1, server, 32, sign);
  const idle = await runFor(seconds, server, 4, shot);
  let isSigning = true;
  const signing = runLoad(server, 32, () => (isSigning ? sign() : undefined));
  const busy = await runFor(seconds, server, 4, shot);
  isSigning = false;
  const { requests, seconds: signedFor } = await signing;
  const [before, during] = [percentile(idle.latenciesMs, 0.99), percentile(busy.latenciesMs, 0.99)];
  console.log(
    `\nDecrypt p99 over 4 connections: ${before.toFixed(2)} ms idle, ${during.toFixed(2)} ms beside 32 clients that have ` +
      `${(requests / signedFor).toFixed(0)} RSA_2048 signatures made a second (budget ${mostMsBeside} ms: ` +
      `${during < mostMsBeside ? 'yes' : 'NO'})`,
  );
}
