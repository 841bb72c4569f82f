import {
  CreateKeyCommand,
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
  type EncryptCommandInput,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  ReEncryptCommand,
  type ReEncryptCommandInput,
  SignCommand,
  type SignCommandInput,
  VerifyCommand,
  type VerifyCommandInput,
} from '@aws-sdk/client-kms';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { startTestService, type TestService, type TestServiceOptions } from '@keyhaven/testkit';
import { afterAll, beforeAll } from 'vitest';

export interface TestKey {
  readonly id: string;
  readonly arn: string;
}

/** The service of one test file and its client, with one key of each kind that is asked for. */
export class KeysUnderTest {
  #service: TestService | undefined;
  #client: KMSClient | undefined;
  readonly #keys = new Map<string, Promise<TestKey>>();

  async start(options: TestServiceOptions = {}): Promise<void> {
    this.#service = await startTestService(options);
    this.#client = this.#service.client();
  }

  async close(): Promise<void> {
    await this.#service?.close();
  }

  get service(): TestService {
    if (this.#service === undefined) throw new Error('the service has not started');
    return this.#service;
  }

  get client(): KMSClient {
    if (this.#client === undefined) throw new Error('the service has not started');
    return this.#client;
  }

  /** The file's key of that kind; the same one every time, because making RSA keys takes long. `which` tells several apart. */
  key(KeySpec: KeySpec, KeyUsage: KeyUsageType, which = ''): Promise<TestKey> {
    const name = `${KeySpec} ${KeyUsage} ${which}`;
    const known = this.#keys.get(name) ?? this.newKey(KeySpec, KeyUsage);
    this.#keys.set(name, known);
    return known;
  }

  async newKey(KeySpec: KeySpec, KeyUsage: KeyUsageType): Promise<TestKey> {
    const { KeyMetadata } = await this.client.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
    if (KeyMetadata?.KeyId === undefined || KeyMetadata.Arn === undefined)
      throw new Error('CreateKey names no key');
    return { id: KeyMetadata.KeyId, arn: KeyMetadata.Arn };
  }

  /** The public key as DER, as GetPublicKey answers it. */
  async publicDer({ id: KeyId }: TestKey): Promise<Buffer> {
    return bytes((await this.client.send(new GetPublicKeyCommand({ KeyId }))).PublicKey);
  }

  async publicKey(key: TestKey): Promise<KeyObject> {
    return createPublicKey({ key: await this.publicDer(key), format: 'der', type: 'spki' });
  }

  async sign(input: SignCommandInput): Promise<Buffer> {
    return bytes((await this.client.send(new SignCommand(input))).Signature);
  }

  async verify(input: VerifyCommandInput): Promise<boolean | undefined> {
    return (await this.client.send(new VerifyCommand(input))).SignatureValid;
  }

  async encrypt(input: EncryptCommandInput): Promise<Buffer> {
    return bytes((await this.client.send(new EncryptCommand(input))).CiphertextBlob);
  }

  async decrypt(input: DecryptCommandInput): Promise<Buffer> {
    return bytes((await this.client.send(new DecryptCommand(input))).Plaintext);
  }

  async reEncrypt(input: ReEncryptCommandInput): Promise<Buffer> {
    return bytes((await this.client.send(new ReEncryptCommand(input))).CiphertextBlob);
  }
}

/** One service for all tests of the calling file. */
export function useKeys(options: TestServiceOptions = {}): KeysUnderTest {
  const keys = new KeysUnderTest();
  beforeAll(() => keys.start(options));
  afterAll(() => keys.close());
  return keys;
}

/** A member of a reply that must be there, as a Buffer. */
export function bytes(member: Uint8Array | undefined): Buffer {
  if (member === undefined) throw new Error('the reply lacks the member');
  return Buffer.from(member);
}

/** The same bytes with one bit changed. */
export function flipBit(original: Uint8Array, place: number, bit = 0): Buffer {
  const changed = Buffer.from(original);
  changed[place] = (changed[place] ?? 0) ^ (1 << bit);
  return changed;
}
