import { randomBytes } from 'node:crypto';
import { runLoad, type Shot, type Target } from './load.ts';
import { signedRequest } from './signed-request.ts';

/** One line of the table: what is sent, over how many connections, and how large the reply is. */
export interface Row {
  readonly name: string;
  readonly connections: number;
  readonly shot: () => Shot;
  /** The size of the reply's body, for the echo's constant. */
  readonly replyBytes: number;
}

interface Sealed {
  readonly blob: string;
  readonly plaintext: string;
  readonly context: string;
}

/** Makes requests for a server that holds `keys`; no two requests are the same. */
export class Rows {
  readonly #target: Target;
  readonly #keys: readonly string[];

  constructor(target: Target, keys: readonly string[]) {
    this.#target = target;
    this.#keys = keys;
  }

  encrypt(name: string, keyCount: number, bytes: number, connections: number): Row {
    const shot = () => this.#shot('Encrypt', this.#encryptBody(keyCount, bytes).body, '"CiphertextBlob"');
    return { name, connections, shot, replyBytes: Math.ceil((bytes + 162) / 3) * 4 + 150 };
  }

  async decrypt(name: string, keyCount: number, bytes: number, connections: number): Promise<Row> {
    const sealed = await this.#seal(keyCount, bytes, 5000);
    let at = 0;
    const shot = () => {
      const next = sealed[at++ % sealed.length];
      if (next === undefined) throw new Error('nothing was sealed');
      const body = `{"CiphertextBlob":"${next.blob}","EncryptionContext":${next.context}}`;
      return this.#shot('Decrypt', body, `"Plaintext":"${next.plaintext}"`);
    };
    return { name, connections, shot, replyBytes: Math.ceil(bytes / 3) * 4 + 240 };
  }

  generateDataKey(name: string, keyCount: number, connections: number): Row {
    const shot = () => {
      const body = `{"KeyId":"${this.#pick(keyCount)}","KeySpec":"AES_256","EncryptionContext":${context()}}`;
      return this.#shot('GenerateDataKey', body, '"Plaintext"');
    };
    return { name, connections, shot, replyBytes: 248 + 44 + 230 };
  }

  /** Seals plaintexts over one connection, so that replies come in the order of the requests. */
  async #seal(keyCount: number, bytes: number, count: number): Promise<readonly Sealed[]> {
    const sealed: Sealed[] = [];
    const pending: Omit<Sealed, 'blob'>[] = [];
    let left = count;
    const nextShot = () => {
      if (left-- <= 0) return undefined;
      const { body, ...rest } = this.#encryptBody(keyCount, bytes);
      pending.push(rest);
      return this.#shot('Encrypt', body, '"CiphertextBlob"');
    };
    await runLoad(this.#target, 1, nextShot, (reply) => {
      const { CiphertextBlob } = JSON.parse(reply) as { readonly CiphertextBlob: string };
      const next = pending.shift();
      if (next !== undefined) sealed.push({ blob: CiphertextBlob, ...next });
    });
    return sealed;
  }

  #encryptBody(keyCount: number, bytes: number): Omit<Sealed, 'blob'> & { readonly body: string } {
    const plaintext = randomBytes(bytes).toString('base64');
    const pairs = context();
    const body = `{"KeyId":"${this.#pick(keyCount)}","Plaintext":"${plaintext}","EncryptionContext":${pairs}}`;
    return { body, plaintext, context: pairs };
  }

  #shot(operation: string, body: string, expect: string): Shot {
    return { request: signedRequest(this.#target.port, operation, body), expect };
  }

  #pick(count: number): string {
    return this.#keys[Math.floor(Math.random() * Math.min(count, this.#keys.length))] ?? '';
  }
}

function context(): string {
  return `{"purpose":"bench","id":"${randomBytes(8).toString('hex')}"}`;
}

/** Makes KMS keys over 64 connections. */
export async function createKeys(target: Target, count: number): Promise<readonly string[]> {
  const made: string[] = [];
  let left = count;
  const nextShot = () =>
    left-- > 0
      ? { request: signedRequest(target.port, 'CreateKey', '{}'), expect: '"KeyMetadata"' }
      : undefined;
  await runLoad(target, 64, nextShot, (reply) => {
    const { KeyMetadata } = JSON.parse(reply) as { readonly KeyMetadata: { readonly KeyId: string } };
    made.push(KeyMetadata.KeyId);
  });
  return made;
}
