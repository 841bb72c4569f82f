import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DescribeKeyCommand,
  type KeyMetadata,
  type KMSClient,
  ReplicateKeyCommand,
  type ReplicateKeyCommandInput,
} from '@aws-sdk/client-kms';
import { startTestService, type TestService, type TestServiceOptions } from '@keyhaven/testkit';
import { afterAll, beforeAll } from 'vitest';
import { accountId } from '../kms/kms-under-test.ts';

/** Where the primary keys of these tests are made, and two Regions for replicas. */
export const [home, second, third] = ['eu-west-2', 'us-east-1', 'ap-southeast-2'] as const;
export type TestRegion = typeof home | typeof second | typeof third;
export const regions: readonly TestRegion[] = [home, second, third];

export function arnIn(region: string, keyId: string): string {
  return `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
}

/** One service as clients in three Regions see it: the Region is the one that they sign for. */
export class ThreeRegions {
  #service: TestService | undefined;
  readonly #clients = new Map<TestRegion, KMSClient>();

  async start(options: TestServiceOptions = {}): Promise<void> {
    this.#use(await startTestService(options));
  }

  async restart(): Promise<void> {
    this.#use(await this.service.restart());
  }

  async close(): Promise<void> {
    await this.#service?.close();
  }

  get service(): TestService {
    if (this.#service === undefined) throw new Error('the service has not started');
    return this.#service;
  }

  in(region: TestRegion): KMSClient {
    const client = this.#clients.get(region);
    if (client === undefined) throw new Error('the service has not started');
    return client;
  }

  /** A new primary key; answers its id. */
  async createPrimary(input: CreateKeyCommandInput = {}, region: TestRegion = home): Promise<string> {
    const { KeyMetadata } = await this.in(region).send(new CreateKeyCommand({ ...input, MultiRegion: true }));
    if (KeyMetadata?.KeyId === undefined) throw new Error('CreateKey names no key');
    return KeyMetadata.KeyId;
  }

  async replicate(
    KeyId: string,
    ReplicaRegion: TestRegion,
    input: Partial<ReplicateKeyCommandInput> = {},
    from: TestRegion = home,
  ) {
    return await this.in(from).send(new ReplicateKeyCommand({ KeyId, ReplicaRegion, ...input }));
  }

  /** A primary key with replicas in the given Regions, all of them settled. */
  async createRelated(replicas: readonly TestRegion[], input: CreateKeyCommandInput = {}): Promise<string> {
    const keyId = await this.createPrimary(input);
    for (const region of replicas) await this.replicate(keyId, region);
    await this.settle();
    return keyId;
  }

  /** Ends when every key that was Creating or Updating is settled: a job round does that, and a move of the clock one. */
  async settle(): Promise<void> {
    await this.service.advance(1);
  }

  async describe(region: TestRegion, KeyId: string): Promise<KeyMetadata> {
    const { KeyMetadata } = await this.in(region).send(new DescribeKeyCommand({ KeyId }));
    if (KeyMetadata === undefined) throw new Error('DescribeKey describes no key');
    return KeyMetadata;
  }

  /** What an examination of the running service finds wrong. */
  async flaws(): Promise<readonly unknown[]> {
    const { findings } = await this.service.admin('doctor');
    return (findings as readonly { readonly level: string }[]).filter(({ level }) => level !== 'good');
  }

  #use(service: TestService): void {
    this.#service = service;
    for (const region of regions) this.#clients.set(region, service.client({ region }));
  }
}

/** One service for all tests of the calling file. */
export function useThreeRegions(options: TestServiceOptions = {}): ThreeRegions {
  const kms = new ThreeRegions();
  beforeAll(() => kms.start(options));
  afterAll(() => kms.close());
  return kms;
}
