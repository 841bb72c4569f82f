import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  EnableKeyCommand,
  EncryptCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';

/** A value that a request was setting when the service was killed may be the old one or the new one. */
export interface Expected<T> {
  settled: T;
  /** Set while a request is under way. */
  attempted: T | undefined;
}

export interface MadeKey {
  readonly keyId: string;
  readonly tag: Expected<string>;
  readonly materials: Expected<number>;
  readonly state: Expected<string>;
}

export interface Ciphertext {
  readonly blob: Uint8Array;
  readonly plaintext: string;
  readonly keyId: string;
}

/** Everything that the service has acknowledged, over all its lives. */
export class Acknowledged {
  readonly keys: MadeKey[] = [];
  /** An alias's target; an empty text where it is deleted. */
  readonly aliases = new Map<string, Expected<string>>();
  readonly ciphertexts: Ciphertext[] = [];
  /** Request ids of acknowledged requests, and whether each changed something. */
  readonly requests = new Map<string, boolean>();
}

/** One client that works on keys and aliases of its own until the service dies under it. */
export class CrashLoad {
  readonly #acknowledged: Acknowledged;
  readonly #name: string;
  readonly #keys: MadeKey[] = [];
  #turn = 0;

  constructor(acknowledged: Acknowledged, name: string) {
    this.#acknowledged = acknowledged;
    this.#name = name;
  }

  /** Resolves when the first request fails: the service is gone. */
  async run(client: KMSClient): Promise<void> {
    for (;;) {
      try {
        await this.#step(client, this.#turn++);
      } catch (error) {
        if (error instanceof Error && '$fault' in error && error.name !== 'TimeoutError') throw error;
        return;
      }
    }
  }

  async #step(client: KMSClient, turn: number): Promise<void> {
    const key = this.#keys[turn % Math.max(1, this.#keys.length)];
    const kind = turn % 9;
    if (key === undefined || kind === 0) await this.#createKey(client);
    else if (kind === 1 || kind === 5) await this.#moveAlias(client, key, `alias/${this.#name}-${turn % 4}`);
    else if (kind === 3) await this.#changeState(client, key);
    else if (key.state.settled !== 'Enabled') return;
    else if (kind === 2 || kind === 6) await this.#tag(client, key, `value ${turn}`);
    else if (kind === 4 && key.materials.settled < 20) await this.#rotate(client, key);
    else await this.#encrypt(client, key, `${this.#name} ${turn}`);
  }

  async #createKey(client: KMSClient): Promise<void> {
    const Tags = [{ TagKey: 'state', TagValue: 'new' }];
    const reply = await client.send(new CreateKeyCommand({ Tags }));
    this.#done(reply, true);
    const key = {
      keyId: reply.KeyMetadata?.KeyId ?? '',
      tag: { settled: 'new', attempted: undefined },
      materials: { settled: 1, attempted: undefined },
      state: { settled: 'Enabled', attempted: undefined },
    };
    this.#keys.push(key);
    this.#acknowledged.keys.push(key);
  }

  async #moveAlias(client: KMSClient, key: MadeKey, AliasName: string): Promise<void> {
    if (key.state.settled === 'PendingDeletion') return;
    const { aliases } = this.#acknowledged;
    const alias = aliases.get(AliasName) ?? { settled: '', attempted: undefined };
    aliases.set(AliasName, alias);
    const TargetKeyId = key.keyId;
    if (alias.settled === '') {
      await this.#change(alias, TargetKeyId, () =>
        client.send(new CreateAliasCommand({ AliasName, TargetKeyId })),
      );
    } else if (alias.settled === TargetKeyId) {
      await this.#change(alias, '', () => client.send(new DeleteAliasCommand({ AliasName })));
    } else {
      await this.#change(alias, TargetKeyId, () =>
        client.send(new UpdateAliasCommand({ AliasName, TargetKeyId })),
      );
    }
  }

  /** Enabled, waiting for deletion, taken back (which leaves it disabled), enabled again. */
  async #changeState(client: KMSClient, { keyId: KeyId, state }: MadeKey): Promise<void> {
    if (state.settled === 'PendingDeletion') {
      await this.#change(state, 'Disabled', () => client.send(new CancelKeyDeletionCommand({ KeyId })));
    } else if (state.settled === 'Disabled') {
      await this.#change(state, 'Enabled', () => client.send(new EnableKeyCommand({ KeyId })));
    } else if (this.#keys.length > 3) {
      await this.#change(state, 'PendingDeletion', () =>
        client.send(new ScheduleKeyDeletionCommand({ KeyId })),
      );
    }
  }

  async #tag(client: KMSClient, { keyId: KeyId, tag }: MadeKey, TagValue: string): Promise<void> {
    const Tags = [{ TagKey: 'state', TagValue }];
    await this.#change(tag, TagValue, () => client.send(new TagResourceCommand({ KeyId, Tags })));
  }

  async #rotate(client: KMSClient, { keyId: KeyId, materials }: MadeKey): Promise<void> {
    const next = materials.settled + 1;
    await this.#change(materials, next, () => client.send(new RotateKeyOnDemandCommand({ KeyId })));
  }

  async #encrypt(client: KMSClient, { keyId }: MadeKey, plaintext: string): Promise<void> {
    const reply = await client.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from(plaintext) }));
    this.#done(reply, false);
    this.#acknowledged.ciphertexts.push({ blob: reply.CiphertextBlob ?? new Uint8Array(), plaintext, keyId });
  }

  async #change<T>(expected: Expected<T>, value: T, send: () => Promise<Reply>): Promise<void> {
    expected.attempted = value;
    this.#done(await send(), true);
    expected.settled = value;
    expected.attempted = undefined;
  }

  #done({ $metadata }: Reply, isWrite: boolean): void {
    if ($metadata.requestId === undefined) throw new Error('a reply without a request id');
    this.#acknowledged.requests.set($metadata.requestId, isWrite);
  }
}

interface Reply {
  readonly $metadata: { readonly requestId?: string | undefined };
}
