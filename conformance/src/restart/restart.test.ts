import { mkdtempSync, rmSync } from 'node:fs';
import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CertificateAuthority, createCertificateAuthority } from '../tls/certificates.ts';
import { HandedOverSocket } from './handed-over-socket.ts';

let authority: CertificateAuthority;
let folder: string;
let opened: HandedOverSocket[];

beforeAll(() => {
  authority = createCertificateAuthority();
});

afterAll(() => {
  authority.remove();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-restart-'));
  opened = [];
});

afterEach(() => {
  for (const socket of opened) socket.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Clients that ask one thing after the other until they are stopped; none of them retries by itself. */
class Load {
  readonly failures: unknown[] = [];
  readonly #counts: number[];
  readonly #clients: readonly Promise<void>[];
  #isOver = false;

  constructor(clients: number, ask: (client: number) => Promise<void>) {
    this.#counts = Array.from({ length: clients }, () => 0);
    this.#clients = this.#counts.map((_, client) => this.#run(client, ask));
  }

  async #run(client: number, ask: (client: number) => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      try {
        await ask(client);
        this.#counts[client] = (this.#counts[client] ?? 0) + 1;
      } catch (error) {
        this.failures.push(error);
        return;
      }
    }
  }

  /** Resolves when each client has had that many answers more, or one has failed. */
  async answers(more: number): Promise<void> {
    const targets = this.#counts.map((count) => count + more);
    const isReached = () => this.#counts.every((count, client) => count >= (targets[client] ?? 0));
    await vi.waitFor(() => expect(isReached() || this.failures.length > 0).toBe(true), { timeout: 30_000 });
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }
}

describe.each(['plain HTTP', 'TLS'])('a restart on the same socket, over %s', (transport) => {
  const isTls = transport === 'TLS';

  const open = (generations: number) => {
    const { certFile, keyFile } = authority.issue('server');
    const socket = new HandedOverSocket(generations, [
      '127.0.0.1',
      join(folder, 'data'),
      ...(isTls ? [certFile, keyFile] : []),
    ]);
    opened.push(socket);
    return socket;
  };

  /** Replaces the service while `load` goes on. */
  async function restart(socket: HandedOverSocket, load: Load, pid: number): Promise<void> {
    await load.answers(20);
    process.kill(pid, 'SIGTERM');
    const second = await socket.next();
    await load.answers(20);
    await load.stop();
    process.kill(second.pid, 'SIGTERM');
    await socket.ended();
  }

  it('refuses no connection and loses no reply of keep-alive clients that never retry', async () => {
    const socket = open(2);
    const { pid, url } = await socket.next();
    const agents = Array.from({ length: 8 }, () =>
      isTls
        ? new TlsAgent({ keepAlive: true, maxSockets: 1, ca: authority.cert })
        : new PlainAgent({ keepAlive: true, maxSockets: 1 }),
    );
    const load = new Load(agents.length, (client) => askHealth(url, agents[client]));
    await restart(socket, load, pid);
    for (const agent of agents) agent.destroy();
    expect(load.failures).toEqual([]);
  });

  it('is not noticed by the AWS SDK with its own retries', async () => {
    const socket = open(2);
    const { pid, url } = await socket.next();
    const clients = Array.from(
      { length: 4 },
      () =>
        new KMSClient({
          endpoint: url,
          region: 'eu-west-2',
          credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
          ...(isTls
            ? { requestHandler: { httpsAgent: new TlsAgent({ keepAlive: true, ca: authority.cert }) } }
            : {}),
        }),
    );
    const [first] = clients;
    const KeyId = (await first?.send(new CreateKeyCommand({})))?.KeyMetadata?.KeyId;
    const load = new Load(clients.length, async (index) => {
      const client = clients[index];
      const Plaintext = Buffer.from(`there and back ${index}`);
      const sealed = await client?.send(new EncryptCommand({ KeyId, Plaintext }));
      const opened = await client?.send(new DecryptCommand({ CiphertextBlob: sealed?.CiphertextBlob }));
      expect(Buffer.from(opened?.Plaintext ?? [])).toEqual(Plaintext);
    });
    await restart(socket, load, pid);
    for (const client of clients) client.destroy();
    expect(load.failures).toEqual([]);
  });
});

describe('a socket that is handed over', () => {
  const open = (place: string, host: string) => {
    const socket = new HandedOverSocket(1, [host, join(folder, 'data')], place);
    opened.push(socket);
    return socket;
  };

  it('is refused when other machines can reach it and --host does not say so', async () => {
    const refusal = await open('0.0.0.0', '127.0.0.1').nextRefusal();
    expect(refusal).toContain('listens on 0.0.0.0, in reach of other machines, but --host is 127.0.0.1.');
    expect(refusal).toContain('--host 0.0.0.0');
  });

  it('is taken when no other machine can reach it', async () => {
    const socket = open('127.0.0.1', 'localhost');
    const { pid } = await socket.next();
    process.kill(pid, 'SIGTERM');
    await socket.ended();
  });

  it('is taken when --host says that other machines can reach it', async () => {
    const socket = open('0.0.0.0', '0.0.0.0');
    const { pid } = await socket.next();
    process.kill(pid, 'SIGTERM');
    await socket.ended();
  });

  it('is refused when it is a Unix socket', async () => {
    expect(await open(join(folder, 'socket'), '127.0.0.1').nextRefusal()).toContain('is no TCP socket');
  });
});

function askHealth(url: string, agent: PlainAgent | undefined): Promise<void> {
  const send = agent instanceof TlsAgent ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const request = send(`${url}/health`, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200 && body.endsWith('}\n')) resolve();
        else reject(new Error(`a wrong reply: ${String(response.statusCode)} ${body}`));
      });
    });
    request.on('error', reject).end();
  });
}
