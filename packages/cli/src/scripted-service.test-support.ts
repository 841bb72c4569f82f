import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { fakeTerminal } from './terminal/fake-terminal.test-support.ts';

/** A request that the scripted service was sent. */
export interface SentRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Script = (response: ServerResponse, request: SentRequest) => void;

/** What stands in for the service: it listens on the Unix socket of a data folder and answers as it is told. */
export interface ScriptedService {
  readonly dataDir: string;
  readonly socket: string;
  readonly requests: readonly SentRequest[];
  /** How an act is answered from now on; an act without a script is unknown. */
  on(act: string, script: Script): void;
  close(): Promise<void>;
}

export async function startScriptedService(): Promise<ScriptedService> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhaven-cli-'));
  const socket = join(dataDir, 'admin.sock');
  const requests: SentRequest[] = [];
  const scripts = new Map<string, Script>();
  const server = createServer((request, response) => {
    void receive(request).then((sent) => {
      requests.push(sent);
      response.setHeader('keyhaven-version', '9.9.9');
      const script = scripts.get(sent.path.replace('/admin/', ''));
      if (script === undefined) answer(response, [{ refusal: { reason: 'Unknown.', nextStep: '' } }], 404);
      else script(response, sent);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    dataDir,
    socket,
    requests,
    on(act, script) {
      scripts.set(act, script);
    },
    async close() {
      await closeServer(server);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Answers lines of JSON, and ends. */
export function answer(response: ServerResponse, lines: readonly object[], status = 200): void {
  response.writeHead(status, { 'content-type': 'application/x-ndjson' });
  response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** A script that answers a result. */
export function resultOf(result: object): Script {
  return (response) => {
    answer(response, [{ result }]);
  };
}

/** Answers bytes as they are. */
export function answerRaw(response: ServerResponse, ...chunks: readonly (string | Uint8Array)[]): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for (const chunk of chunks) response.write(chunk);
}

export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, on a terminal where `answers` are given and without one otherwise. */
export async function run(
  args: readonly string[],
  given: { readonly answers?: readonly string[]; readonly input?: string } = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandOutcome> {
  const fake = fakeTerminal(given);
  const exitCode = await runCommand(args, { version: '1.2.3', environment, terminal: fake.terminal });
  // What was written last is read in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
}

async function receive(request: IncomingMessage): Promise<SentRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return { path: request.url ?? '', headers: request.headers, body };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
