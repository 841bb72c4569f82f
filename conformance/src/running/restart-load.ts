import { NotConnected, ReplyLost, SignedConnection } from './signed-connection.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Connections that work without pause, and wait where nobody listens, while the service is restarted under them. */
export class RestartLoad {
  readonly #connections: readonly SignedConnection[];
  readonly #over = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  readonly keyIds: string[] = [];
  readonly encrypted: { readonly blob: string; readonly plaintext: string }[] = [];
  /** Of every reply. */
  readonly requestIds = new Set<string>();
  /** Requests that were sent whole and never answered. */
  readonly lost: string[] = [];
  readonly faults: string[] = [];

  constructor(url: string, connections: number) {
    this.#connections = Array.from({ length: connections }, () => new SignedConnection(url));
  }

  start(): void {
    this.#running = Promise.all(this.#connections.map((one, name) => this.#work(one, name)));
  }

  async untilAnswered(more: number): Promise<void> {
    const goal = this.requestIds.size + more;
    while (this.requestIds.size < goal && this.faults.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
    for (const connection of this.#connections) connection.close();
  }

  async #work(connection: SignedConnection, name: number): Promise<void> {
    for (let turn = 0; !this.#over.signal.aborted; turn++) {
      try {
        await this.#step(connection, `${name} ${turn}`, turn % 4 === 0);
      } catch (error) {
        if (error instanceof ReplyLost) this.lost.push(`${name} ${turn}: ${error.message}`);
        else if (!(error instanceof NotConnected)) this.faults.push(String(error));
        connection.close();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }

  async #step(connection: SignedConnection, name: string, isWrite: boolean): Promise<void> {
    const KeyId = this.keyIds.at(-1);
    if (isWrite || KeyId === undefined) {
      const { json } = await this.#send(connection, 'CreateKey', { Description: name });
      this.keyIds.push((json['KeyMetadata'] as { readonly KeyId: string }).KeyId);
      return;
    }
    const plaintext = base64(name);
    const { json } = await this.#send(connection, 'Encrypt', { KeyId, Plaintext: plaintext });
    this.encrypted.push({ blob: String(json['CiphertextBlob']), plaintext });
  }

  async #send(connection: SignedConnection, operation: string, input: object) {
    const reply = await connection.send(operation, input);
    if (reply.error !== undefined) throw new Error(`${operation}: ${reply.status} ${reply.error}`);
    this.requestIds.add(reply.requestId);
    return reply;
  }
}
