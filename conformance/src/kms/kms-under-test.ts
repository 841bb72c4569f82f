import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  type CreateKeyCommandInput,
  DisableKeyCommand,
  type KMSClient,
  type KeyMetadata,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { type Refusal, type TestService, startTestService, type TestServiceOptions } from '@keyhaven/testkit';
import { afterAll, beforeAll } from 'vitest';
import {
  importWrapped,
  type KeyKind,
  keyKinds,
  productOf,
  replicaRegion,
  type WrappedMaterial,
  wrapFor,
} from './key-kinds.ts';

export const accountId = '000000000000';
export const region = 'eu-west-2';
export const rootArn = `arn:aws:iam::${accountId}:root`;

/** The states that a caller can bring a key to and that last. Creating and Updating do not, Unavailable is none of ours. */
export const lastingStates = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingImport',
  'PendingReplicaDeletion',
] as const;
export type LastingState = (typeof lastingStates)[number];

/** The states of a key that has its key material and no related keys. */
export type ReachableState = 'Enabled' | 'Disabled' | 'PendingDeletion';

/** A key of a test, with what requests about it need. */
export interface KeyUnderTest {
  readonly id: string;
  readonly arn: string;
  readonly metadata: KeyMetadata;
}

/** A key with an alias and what it made while it was Enabled: a ciphertext, a signature, a MAC, as its kind is. */
export interface FurnishedKey extends KeyUnderTest {
  readonly aliasName: string;
  readonly ciphertextBlob: Uint8Array;
  /** What may be imported into it, where its key material is imported. */
  readonly wrapped: WrappedMaterial | undefined;
  /** A grant of it, unless it has never been Enabled. */
  readonly grantId: string | undefined;
}

/** The service of one test file and the development account's client, once the file's tests run. */
export class KmsUnderTest {
  #service: TestService | undefined;
  #client: KMSClient | undefined;
  #names = 0;

  async start(options: TestServiceOptions = {}): Promise<void> {
    this.#use(await startTestService(options));
  }

  /** The same folder under a new process's worth of objects: caches gone, jobs caught up. */
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

  get client(): KMSClient {
    if (this.#client === undefined) throw new Error('the service has not started');
    return this.#client;
  }

  /** An alias name that no other test of the file uses. */
  newAliasName(): string {
    this.#names += 1;
    return `alias/test-${this.#names}`;
  }

  async createKey(input: CreateKeyCommandInput = {}): Promise<KeyUnderTest> {
    const { KeyMetadata: metadata } = await this.client.send(new CreateKeyCommand(input));
    if (metadata?.KeyId === undefined || metadata.Arn === undefined)
      throw new Error('CreateKey names no key');
    return { id: metadata.KeyId, arn: metadata.Arn, metadata };
  }

  async createKeyInState(state: ReachableState): Promise<KeyUnderTest> {
    const key = await this.createKey();
    await this.#bring(key.id, state);
    return key;
  }

  async furnishKey(state: LastingState = 'Enabled', kind: KeyKind = 'symmetric'): Promise<FurnishedKey> {
    const isEmpty = state === 'PendingImport';
    const key = await this.createKey({
      ...keyKinds[kind],
      ...(isEmpty ? { Origin: 'EXTERNAL' } : {}),
      ...(state === 'PendingReplicaDeletion' ? { MultiRegion: true } : {}),
    });
    const wrapped = await this.#import(key.id, kind, isEmpty);
    const aliasName = this.newAliasName();
    const [ciphertextBlob] = await Promise.all([
      isEmpty ? new Uint8Array([1]) : productOf(this.client, key.id, kind),
      this.client.send(new CreateAliasCommand({ AliasName: aliasName, TargetKeyId: key.id })),
    ]);
    const grantId = isEmpty && kind !== 'primary' ? undefined : await this.#grant(key.id);
    // A key with a replica cannot be PendingDeletion.
    const isReplicated = kind === 'primary' && state !== 'PendingDeletion';
    if (isReplicated || state === 'PendingReplicaDeletion') await this.#replicate(key.id);
    await this.#bring(key.id, state, kind);
    return { ...key, aliasName, ciphertextBlob, wrapped, grantId };
  }

  /** Imports key material where the key needs some; a key without can have no replica. Answers what may be imported. */
  async #import(KeyId: string, kind: KeyKind, isEmpty: boolean): Promise<WrappedMaterial | undefined> {
    if (kind !== 'imported' && !(kind === 'primary' && isEmpty)) return undefined;
    const wrapped = await wrapFor(this.client, KeyId);
    if (!isEmpty || kind === 'primary') await importWrapped(this.client, KeyId, wrapped);
    return wrapped;
  }

  async #grant(KeyId: string): Promise<string | undefined> {
    const request = new CreateGrantCommand({
      KeyId,
      GranteePrincipal: rootArn,
      Operations: ['DescribeKey'],
    });
    return (await this.client.send(request)).GrantId;
  }

  /** Makes a replica, and waits until it is settled: a move of the clock does that. */
  async #replicate(KeyId: string): Promise<void> {
    await this.client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: replicaRegion }));
    await this.service.advance(1);
  }

  async #bring(KeyId: string, state: LastingState, kind: KeyKind = 'symmetric'): Promise<void> {
    if (state === 'PendingImport' && kind === 'primary')
      await this.client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    if (state === 'Disabled') await this.client.send(new DisableKeyCommand({ KeyId }));
    if (state === 'PendingDeletion' || state === 'PendingReplicaDeletion')
      await this.client.send(new ScheduleKeyDeletionCommand({ KeyId }));
  }

  #use(service: TestService): void {
    this.#service = service;
    this.#client = service.client();
  }
}

/** One service for all tests of the calling file. */
export function useKms(options: TestServiceOptions = {}): KmsUnderTest {
  const kms = new KmsUnderTest();
  beforeAll(() => kms.start(options));
  afterAll(() => kms.close());
  return kms;
}

/** The members of a reply, without what the SDK adds to it. */
export function membersOf<Reply extends { readonly $metadata: unknown }>(
  reply: Reply,
): Omit<Reply, '$metadata'> {
  const members: Omit<Reply, '$metadata'> & { $metadata?: unknown } = { ...reply };
  delete members.$metadata;
  return members;
}

/** What a client sees of a refusal: AWS KMS answers every fault of the client with status 400. */
export function refusal(name: string, message: string): Refusal {
  return { name, message, status: 400 };
}

/** The refusal of one broken constraint of a member's shape. */
export function constraintRefusal(text: string): Refusal {
  return refusal('ValidationException', `1 validation error detected: ${text}`);
}

export function keyArnOf(keyId: string): string {
  return `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
}

export function aliasArnOf(aliasName: string): string {
  return `arn:aws:kms:${region}:${accountId}:${aliasName}`;
}

/** A key id of the right form that no key has. */
export const absentKeyId = '12345678-1234-4234-8234-123456789012';

/** The refusal of a permission on a key, in the words of "Troubleshoot access denied error messages" (IAM User Guide). */
export function accessDenied(
  operation: string,
  resourceArn: string,
  reason = `because no resource-based policy allows the kms:${operation} action`,
  callerArn = rootArn,
): Refusal {
  return refusal(
    'AccessDeniedException',
    `User: ${callerArn} is not authorized to perform: kms:${operation} on resource: ${resourceArn} ${reason}`,
  );
}

/** The refusal of a marker that the service did not give out for this list. */
export const invalidMarker = refusal(
  'InvalidMarkerException',
  'The request was rejected because the marker that specifies where pagination should next begin is not valid.',
);
