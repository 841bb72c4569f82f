import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  ReEncryptCommand,
  UpdateAliasCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { kindFor, replicaRegion } from './key-kinds.ts';
import { keyStates, keyStateTable, refusals } from './key-state-table.ts';
import { type FurnishedKey, lastingStates, useKms } from './kms-under-test.ts';
import { type Request, type Subject, requestsOnKey } from './requests.ts';

const kms = useKms();

const cases = Object.entries(requestsOnKey).flatMap(([name, request]) =>
  lastingStates.map((state) => ({ name, request, state, answer: keyStateTable[name]?.[state] })),
);
const permitted = cases.filter(({ answer }) => answer === 'permits');
const refused = cases.flatMap(({ answer, ...rest }) =>
  answer === undefined || answer === 'permits' || answer === 'impossible' ? [] : [{ ...rest, answer }],
);

function subjectOf(key: FurnishedKey): Subject {
  return { ...key, KeyId: key.id, freeAliasName: kms.newAliasName() };
}

async function stateOf(KeyId: string): Promise<string | undefined> {
  const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId }));
  return KeyMetadata?.KeyState;
}

const send = (request: Request, key: FurnishedKey) => request(kms.client, subjectOf(key));

describe('a key state permits or refuses an operation', () => {
  it('has a row for every operation on a key, and a cell for every state', () => {
    expect(Object.keys(keyStateTable).sort()).toEqual(Object.keys(requestsOnKey).sort());
    for (const row of Object.values(keyStateTable))
      expect(Object.keys(row).sort()).toEqual([...keyStates].sort());
  });

  it.concurrent.each(permitted)(
    '$name succeeds on a key in state $state',
    async ({ name, request, state }) => {
      const reply = await send(request, await kms.furnishKey(state, kindFor(name)));
      expect(reply.$metadata.httpStatusCode).toBe(200);
    },
  );

  it.concurrent.each(refused)(
    '$name refuses a key in state $state: $answer',
    async ({ name, request, state, answer }) => {
      const key = await kms.furnishKey(state, kindFor(name));
      expect(await refusalOf(send(request, key))).toEqual(refusals[answer](key.arn));
      expect(await stateOf(key.id)).toBe(state);
    },
  );
});

describe('CancelKeyDeletion', () => {
  it('leaves a key Disabled, and one that lacks its key material PendingImport', async () => {
    const keys = [
      await kms.furnishKey('PendingDeletion'),
      await kms.furnishKey('PendingReplicaDeletion'),
      await kms.createKey({ Origin: 'EXTERNAL' }),
    ];
    const schedule = requestsOnKey['ScheduleKeyDeletion'];
    const empty = keys[2];
    if (schedule === undefined || empty === undefined) throw new Error('there are three keys');
    await schedule(kms.client, {
      KeyId: empty.id,
      aliasName: '',
      ciphertextBlob: new Uint8Array(),
      freeAliasName: '',
    });
    for (const { id: KeyId } of keys) await kms.client.send(new CancelKeyDeletionCommand({ KeyId }));
    expect(await Promise.all(keys.map(({ id }) => stateOf(id)))).toEqual([
      'Disabled',
      'Disabled',
      'PendingImport',
    ]);
  });
});

describe('operations on two keys', () => {
  it.each(lastingStates)('UpdateAlias takes an alias off a key in state %s', async (state) => {
    const from = await kms.furnishKey(state);
    const to = await kms.createKey();
    const request = new UpdateAliasCommand({ AliasName: from.aliasName, TargetKeyId: to.id });
    expect((await kms.client.send(request)).$metadata.httpStatusCode).toBe(200);
  });

  it('UpdateAlias refuses a new key that is pending deletion with KMSInvalidStateException', async () => {
    const from = await kms.furnishKey();
    const to = await kms.createKeyInState('PendingDeletion');
    const request = new UpdateAliasCommand({ AliasName: from.aliasName, TargetKeyId: to.id });
    expect(await refusalOf(kms.client.send(request))).toEqual(refusals.pendingDeletion(to.arn));
  });

  const broken = refused.filter(({ name }) => name === 'ReEncrypt');
  it.each(broken)('ReEncrypt refuses a source key in state $state: $answer', async ({ state, answer }) => {
    const [source, destination] = await Promise.all([kms.furnishKey(state), kms.createKey()]);
    const request = new ReEncryptCommand({
      CiphertextBlob: source.ciphertextBlob,
      SourceKeyId: source.id,
      DestinationKeyId: destination.id,
    });
    expect(await refusalOf(kms.client.send(request))).toEqual(refusals[answer](source.arn));
  });

  it.each(broken)(
    'ReEncrypt refuses a destination key in state $state: $answer',
    async ({ state, answer }) => {
      const [source, destination] = await Promise.all([kms.furnishKey(), kms.furnishKey(state)]);
      const request = new ReEncryptCommand({
        CiphertextBlob: source.ciphertextBlob,
        DestinationKeyId: destination.id,
      });
      expect(await refusalOf(kms.client.send(request))).toEqual(refusals[answer](destination.arn));
    },
  );

  const onReplica = [
    { name: 'DisableKey', state: 'Disabled', answer: 'disabled' },
    { name: 'ScheduleKeyDeletion', state: 'PendingDeletion', answer: 'pendingDeletion' },
  ] as const;
  it.each(onReplica)(
    'UpdatePrimaryRegion refuses a replica in state $state: $answer',
    async ({ name, answer }) => {
      const key = await kms.furnishKey('Enabled', 'primary');
      const elsewhere = kms.service.client({ region: replicaRegion });
      await requestsOnKey[name]?.(elsewhere, subjectOf(key));
      const request = new UpdatePrimaryRegionCommand({ KeyId: key.id, PrimaryRegion: replicaRegion });
      const replicaArn = key.arn.replace(/:kms:[^:]+:/, `:kms:${replicaRegion}:`);
      expect(await refusalOf(kms.client.send(request))).toEqual(refusals[answer](replicaArn));
    },
  );
});
