import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';

export interface Ciphertext {
  readonly blob: Uint8Array;
  readonly plaintext: string;
}

type State = 'enabled' | 'maybe scheduled' | 'scheduled' | 'maybe destroyed' | 'destroyed';

export interface LoadedKey {
  readonly keyId: string;
  readonly ciphertexts: Ciphertext[];
  state: State;
}

/** A request that failed although the SDK had sent it as often as it does by default. */
export interface Failure {
  readonly what: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

const region = 'eu-west-2';
const day = 24 * 60 * 60;

/**
 * SDK clients with their default retries, each on keys of its own, so that it knows what every reply must be. What a
 * failure leaves open (was it carried out?) is asked again where it matters.
 */
export class RotationLoad {
  readonly #url: string;
  readonly #clients: readonly KMSClient[];
  readonly #over = new AbortController();
  /** Resolves while the service is up; replaced while it is down. */
  #up: Promise<void> = Promise.resolve();
  #running: Promise<unknown> = Promise.resolve();
  readonly keys: LoadedKey[] = [];
  readonly failures: Failure[] = [];
  readonly faults: string[] = [];
  readonly requestIds = new Set<string>();
  succeeded = 0;
  /** Moves of the clock that were begun, and whether one is under way. */
  #moves = 0;
  #isMoving = false;

  constructor(url: string, clients: number) {
    this.#url = url;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.#clients = Array.from(
      { length: clients },
      () => new KMSClient({ endpoint: url, region, credentials }),
    );
  }

  start(): void {
    const clients = this.#clients.map((client, name) => this.#work(client, String(name)));
    this.#running = Promise.all([...clients, this.#destroyAgainAndAgain()]);
  }

  /** Clients wait with their next request until this resolves; those under way are left to their retries. */
  pauseUntil(up: Promise<void>): void {
    this.#up = up;
  }

  async untilSucceeded(more: number): Promise<void> {
    const goal = this.succeeded + more;
    while (this.succeeded < goal && this.faults.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 2));
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  /** What of everything acknowledged is not as it must be, each in a sentence. For after `stop`. */
  async findLosses(): Promise<readonly string[]> {
    const [client] = this.#clients;
    if (client === undefined) return [];
    const losses: string[] = [];
    for (const key of this.keys) {
      await this.#settle(client, key);
      for (const ciphertext of key.ciphertexts) {
        const opened = await decrypt(client, ciphertext);
        if (isRight(key.state, opened, ciphertext)) continue;
        losses.push(`a ciphertext of key ${key.keyId}, which is ${key.state}, gave ${opened}`);
      }
    }
    return losses;
  }

  destroy(): void {
    for (const client of this.#clients) client.destroy();
  }

  async #work(client: KMSClient, name: string): Promise<void> {
    const own: LoadedKey[] = [];
    for (let turn = 0; !this.#over.signal.aborted; turn++) {
      await this.#up;
      try {
        await this.#step(client, own, `${name} ${turn}`, turn);
      } catch (error) {
        this.faults.push(String(error));
        return;
      }
    }
  }

  async #step(client: KMSClient, own: LoadedKey[], name: string, turn: number): Promise<void> {
    const kind = turn % 12;
    const key = own[Math.floor(turn / 12) % Math.max(1, own.length)];
    if (key === undefined || kind === 0) await this.#createKey(client, own);
    else if (key.state === 'maybe scheduled') await this.#settle(client, key);
    else if (key.state !== 'enabled') await this.#expectRefused(client, key);
    else if (kind === 1)
      await this.#try('RotateKeyOnDemand', client.send(new RotateKeyOnDemandCommand({ KeyId: key.keyId })), [
        'LimitExceededException',
      ]);
    else if (kind === 11 && turn % 36 === 35) await this.#schedule(client, key);
    else if (kind % 3 === 2) await this.#encrypt(client, key, name);
    else if (kind % 3 === 0) await this.#generateDataKey(client, key);
    else await this.#decryptOne(client, key, turn);
  }

  async #createKey(client: KMSClient, own: LoadedKey[]): Promise<void> {
    const reply = await this.#try('CreateKey', client.send(new CreateKeyCommand({})));
    if (reply?.KeyMetadata?.KeyId === undefined) return;
    const key: LoadedKey = { keyId: reply.KeyMetadata.KeyId, ciphertexts: [], state: 'enabled' };
    own.push(key);
    this.keys.push(key);
  }

  async #encrypt(
    client: KMSClient,
    { keyId: KeyId, ciphertexts }: LoadedKey,
    plaintext: string,
  ): Promise<void> {
    const Plaintext = Buffer.from(plaintext);
    const reply = await this.#try('Encrypt', client.send(new EncryptCommand({ KeyId, Plaintext })));
    if (reply?.CiphertextBlob !== undefined) ciphertexts.push({ blob: reply.CiphertextBlob, plaintext });
  }

  async #generateDataKey(client: KMSClient, { keyId: KeyId, ciphertexts }: LoadedKey): Promise<void> {
    const command = new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' });
    const reply = await this.#try('GenerateDataKey', client.send(command));
    if (reply?.CiphertextBlob === undefined) return;
    ciphertexts.push({ blob: reply.CiphertextBlob, plaintext: textOf(reply.Plaintext) });
  }

  async #decryptOne(client: KMSClient, { keyId, ciphertexts }: LoadedKey, turn: number): Promise<void> {
    const ciphertext = ciphertexts[turn % Math.max(1, ciphertexts.length)];
    if (ciphertext === undefined) return;
    const reply = await this.#try(
      'Decrypt',
      client.send(new DecryptCommand({ CiphertextBlob: ciphertext.blob })),
    );
    if (reply !== undefined && textOf(reply.Plaintext) !== ciphertext.plaintext)
      this.faults.push(`a ciphertext of key ${keyId} opened to another plaintext`);
  }

  async #schedule(client: KMSClient, key: LoadedKey): Promise<void> {
    key.state = 'maybe scheduled';
    const state = this.#stateOfScheduled();
    const command = new ScheduleKeyDeletionCommand({ KeyId: key.keyId, PendingWindowInDays: 7 });
    if ((await this.#try('ScheduleKeyDeletion', client.send(command))) !== undefined) key.state = state();
  }

  /** A key that waits for its destruction, or is destroyed, opens nothing. */
  async #expectRefused(client: KMSClient, key: LoadedKey): Promise<void> {
    const [ciphertext] = key.ciphertexts;
    if (ciphertext === undefined) return;
    const { state } = key;
    const startedAt = performance.now();
    const opened = await decrypt(client, ciphertext);
    if (isRight(state, opened, ciphertext) || isRight(key.state, opened, ciphertext)) return;
    this.failures.push({
      what: `Decrypt under a key that is ${state}: ${opened}`,
      startedAt,
      endedAt: performance.now(),
    });
  }

  /** Asks what became of a key whose scheduling or destruction was not answered. */
  async #settle(client: KMSClient, key: LoadedKey): Promise<void> {
    if (key.state !== 'maybe scheduled' && key.state !== 'maybe destroyed') return;
    const scheduled = this.#stateOfScheduled();
    const describe = client.send(new DescribeKeyCommand({ KeyId: key.keyId }));
    const reply = await this.#try('DescribeKey', describe, ['NotFoundException']);
    if (reply === undefined) return;
    const state = 'KeyMetadata' in reply ? reply.KeyMetadata?.KeyState : undefined;
    if (state === undefined) key.state = 'destroyed';
    else key.state = state === 'PendingDeletion' ? scheduled() : 'enabled';
  }

  /** Moves the clock past the waiting period of what is scheduled, which must be destroyed when that is answered. */
  async #destroyAgainAndAgain(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await this.#up;
      await new Promise((resolve) => setTimeout(resolve, 150));
      await this.destroyScheduled();
    }
  }

  /** What a key is that was found scheduled by a request sent now: a move of the clock meanwhile may destroy it. */
  #stateOfScheduled(): () => State {
    const [before, wasMoving] = [this.#moves, this.#isMoving];
    return () => (wasMoving || this.#moves !== before ? 'maybe destroyed' : 'scheduled');
  }

  async destroyScheduled(): Promise<void> {
    const due = this.keys.filter(({ state }) => state === 'scheduled' || state === 'maybe destroyed');
    for (const key of due) key.state = 'maybe destroyed';
    this.#moves++;
    this.#isMoving = true;
    const body = JSON.stringify({ advanceSeconds: 8 * day });
    const moved = fetch(`${this.#url}/_keyhaven/clock`, { method: 'POST', body }).then(async (reply) => {
      if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
      return true;
    });
    const isMoved = (await this.#try('the move of the clock', moved)) !== undefined;
    this.#isMoving = false;
    if (isMoved) for (const key of due) key.state = 'destroyed';
  }

  /** The reply, or undefined for a failure, which is noted. An error that is `expected` is a reply without members. */
  async #try<T>(
    what: string,
    sent: Promise<T>,
    expected: readonly string[] = [],
  ): Promise<T | Record<string, never> | undefined> {
    const startedAt = performance.now();
    try {
      const reply = await sent;
      this.#succeed(reply);
      return reply;
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (expected.includes(name)) return {};
      this.failures.push({ what: `${what}: ${String(error)}`, startedAt, endedAt: performance.now() });
      return undefined;
    }
  }

  #succeed(reply: unknown): void {
    this.succeeded++;
    const { $metadata } = reply as { readonly $metadata?: { readonly requestId?: string } };
    if ($metadata?.requestId !== undefined) this.requestIds.add($metadata.requestId);
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('latin1');
}

/** The plaintext, or the name of the error. */
async function decrypt(client: KMSClient, { blob }: Ciphertext): Promise<string> {
  try {
    return textOf((await client.send(new DecryptCommand({ CiphertextBlob: blob }))).Plaintext);
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

function isRight(state: State, opened: string, { plaintext }: Ciphertext): boolean {
  switch (state) {
    case 'enabled':
      return opened === plaintext;
    case 'scheduled':
      return opened === 'KMSInvalidStateException';
    case 'destroyed':
      return opened === 'AccessDeniedException';
    case 'maybe scheduled':
      return opened === plaintext || opened === 'KMSInvalidStateException';
    case 'maybe destroyed':
      return opened === 'KMSInvalidStateException' || opened === 'AccessDeniedException';
  }
}
