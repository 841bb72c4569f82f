import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { type Service, type ServiceSeams, startService } from '@keyhaven/server';
import { type ActProgress, administer } from './administer.ts';
import { noteSeenOperations } from './seen-operations.ts';
import { defaultOptions } from '@keyhaven/server/config';

/** A journal record as tests look at it. */
export type JournalRecord = Readonly<Record<string, unknown>>;

/** A real service on a free port with a temporary folder, real SQLite and a real journal. */
export interface TestService {
  readonly url: string;
  readonly dataDir: string;
  /** The service itself, for what no client can ask of it. */
  readonly service: Service;
  /** The AWS SDK's client, as the development account's root unless told otherwise; it does not retry. */
  client(config?: Partial<KMSClientConfig>): KMSClient;
  /** Moves the service's clock and waits for what is due. */
  advance(seconds: number): Promise<void>;
  /** Carries out an act over the administrator's socket; answers its result, or throws what the refusal says. */
  admin(
    act: string,
    body?: object,
    onProgress?: (progress: ActProgress) => void,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Every journal record so far, the segments' heads left out. */
  journal(): readonly JournalRecord[];
  /** Ends the service and starts it again on the same folder, on another port. */
  restart(): Promise<TestService>;
  /** Ends the service and removes the folder. */
  close(): Promise<void>;
}

/**
 * `isSettlingHeld` keeps multi-Region keys Creating and Updating for as long as it answers true; once it answers false, a
 * move of the clock settles them before it is answered.
 */
export interface TestServiceOptions extends ServiceSeams {
  readonly dataDir?: string;
  readonly seed?: string;
  readonly allowHosts?: readonly string[];
  readonly attestationRoots?: string;
  readonly grantPropagationMs?: number;
}

export const day = 24 * 60 * 60;

export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'keyhaven-test-'));
  const service = await startService(
    {
      ...defaultOptions,
      host: '127.0.0.1',
      port: 0,
      dataDir,
      seed: options.seed,
      allowHosts: options.allowHosts ?? [],
      attestationRoots: options.attestationRoots,
      grantPropagation: { ms: options.grantPropagationMs ?? 0 },
    },
    options,
  );
  return wrap(service, dataDir, options);
}

function wrap(service: Service, dataDir: string, options: TestServiceOptions): TestService {
  const clients: KMSClient[] = [];
  const stop = async () => {
    for (const client of clients) client.destroy();
    await service.close();
    noteSeenOperations(dataDir);
  };
  return {
    url: service.url,
    dataDir,
    service,
    client(config = {}) {
      const client = new KMSClient({
        endpoint: service.url,
        region: 'eu-west-2',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
        ...config,
      });
      clients.push(client);
      return client;
    },
    async advance(seconds) {
      const reply = await fetch(`${service.url}/_keyhaven/clock`, {
        method: 'POST',
        body: JSON.stringify({ advanceSeconds: seconds }),
      });
      if (!reply.ok) throw new Error(`the clock did not move: ${await reply.text()}`);
    },
    admin: (act, body, onProgress) => administer(join(dataDir, 'admin.sock'), act, body, onProgress),
    journal: () => readJournal(join(dataDir, 'journal')),
    async restart() {
      await stop();
      return startTestService({ ...options, dataDir });
    },
    async close() {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The records of a journal folder, read as an outsider would: one line a frame, the chain before a space. */
export function readJournal(folder: string): readonly JournalRecord[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .flatMap((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)) as JournalRecord[])
    .filter((record) => record['kind'] !== 'segment');
}
