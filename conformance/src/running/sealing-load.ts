import { type Credentials, SignedConnection } from './signed-connection.ts';

export interface Encrypted {
  readonly blob: string;
  readonly plaintext: string;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/**
 * Connections that work without pause while the service is sealed and unsealed under them. Each reply is a correct one
 * or says that the service is unavailable; anything else is a fault.
 */
export class SealingLoad {
  readonly #connections: readonly SignedConnection[];
  readonly #over = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  /** Everything acknowledged. */
  readonly keyIds: string[] = [];
  readonly encrypted: Encrypted[] = [];
  readonly faults: string[] = [];
  answered = 0;
  unavailable = 0;

  constructor(url: string, connections: number, credentials?: Credentials) {
    this.#connections = Array.from({ length: connections }, () => new SignedConnection(url, credentials));
  }

  /** `keyId` is used by all; each makes keys of its own besides. */
  start(keyId: string): void {
    this.#running = Promise.all(this.#connections.map((one, name) => this.#work(one, name, keyId)));
  }

  /** Resolves when as many further replies of both kinds, or of the one, have come. */
  async until(enough: { readonly answered?: number; readonly unavailable?: number }): Promise<void> {
    const goal = {
      answered: this.answered + (enough.answered ?? 0),
      unavailable: this.unavailable + (enough.unavailable ?? 0),
    };
    while (this.answered < goal.answered || this.unavailable < goal.unavailable) {
      if (this.faults.length > 0) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Resolves when every request is answered; none hangs. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
    for (const connection of this.#connections) connection.close();
  }

  async #work(connection: SignedConnection, name: number, keyId: string): Promise<void> {
    for (let turn = 0; !this.#over.signal.aborted; turn++) {
      try {
        await this.#step(connection, `${name} ${turn}`, turn % 12, keyId);
      } catch (error) {
        this.faults.push(String(error));
        return;
      }
    }
  }

  async #step(connection: SignedConnection, name: string, kind: number, KeyId: string): Promise<void> {
    if (kind === 0) {
      const json = await this.#send(connection, 'CreateKey', { Description: name });
      if (json !== undefined) this.keyIds.push((json['KeyMetadata'] as { readonly KeyId: string }).KeyId);
    } else if (kind % 2 === 1) {
      const plaintext = base64(name);
      const json = await this.#send(connection, 'Encrypt', { KeyId, Plaintext: plaintext });
      if (json !== undefined) this.encrypted.push({ blob: String(json['CiphertextBlob']), plaintext });
    } else {
      const known = this.encrypted.at(-1);
      if (known === undefined) return;
      const json = await this.#send(connection, 'Decrypt', { CiphertextBlob: known.blob });
      if (json !== undefined && json['Plaintext'] !== known.plaintext) this.faults.push('another plaintext');
    }
  }

  async #send(connection: SignedConnection, operation: string, input: object) {
    const { status, error, json } = await connection.send(operation, input);
    if (status === 503 && error === 'ServiceUnavailableException') {
      this.unavailable++;
      return undefined;
    }
    this.answered++;
    if (error === undefined) return json;
    this.faults.push(`${operation}: ${status} ${error}`);
    return undefined;
  }
}
