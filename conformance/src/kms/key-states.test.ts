import { DescribeKeyCommand, ReEncryptCommand, UpdateAliasCommand } from '@aws-sdk/client-kms';
import { type Refusal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import {
  type FurnishedKey,
  reachableStates,
  type ReachableState,
  refusal,
  useKms,
} from './kms-under-test.ts';
import { type Request, type Subject, requestsOnKey } from './requests.ts';

const kms = useKms();

type Answer = 'permits' | 'disabled' | 'pendingDeletion' | 'notPendingDeletion';
type Row = Readonly<Record<ReachableState, Answer>>;

const everyState: Row = { Enabled: 'permits', Disabled: 'permits', PendingDeletion: 'permits' };
const onlyEnabled: Row = { Enabled: 'permits', Disabled: 'disabled', PendingDeletion: 'pendingDeletion' };
const notWhilePending: Row = { Enabled: 'permits', Disabled: 'permits', PendingDeletion: 'pendingDeletion' };

/** "Key states of AWS KMS keys", KMS Developer Guide: the columns of the states that a key can be in here. */
const table: Readonly<Record<string, Row>> = {
  CancelKeyDeletion: {
    Enabled: 'notPendingDeletion',
    Disabled: 'notPendingDeletion',
    PendingDeletion: 'permits',
  },
  CreateAlias: notWhilePending,
  Decrypt: onlyEnabled,
  DeleteAlias: everyState,
  DescribeKey: everyState,
  DisableKey: notWhilePending,
  DisableKeyRotation: onlyEnabled,
  EnableKey: notWhilePending,
  EnableKeyRotation: onlyEnabled,
  Encrypt: onlyEnabled,
  GenerateDataKey: onlyEnabled,
  GenerateDataKeyWithoutPlaintext: onlyEnabled,
  GetKeyLastUsage: everyState,
  GetKeyPolicy: everyState,
  GetKeyRotationStatus: everyState,
  ListAliases: everyState,
  ListKeyPolicies: everyState,
  ListKeyRotations: everyState,
  ListResourceTags: everyState,
  PutKeyPolicy: everyState,
  ReEncrypt: onlyEnabled,
  RotateKeyOnDemand: onlyEnabled,
  ScheduleKeyDeletion: notWhilePending,
  TagResource: notWhilePending,
  UntagResource: notWhilePending,
  UpdateAlias: notWhilePending,
  UpdateKeyDescription: notWhilePending,
};

const refusals: Readonly<Record<Exclude<Answer, 'permits'>, (arn: string) => Refusal>> = {
  disabled: (arn) => refusal('DisabledException', `${arn} is disabled.`),
  pendingDeletion: (arn) => refusal('KMSInvalidStateException', `${arn} is pending deletion.`),
  notPendingDeletion: (arn) => refusal('KMSInvalidStateException', `${arn} is not pending deletion.`),
};

const cases = Object.entries(requestsOnKey).flatMap(([name, request]) =>
  reachableStates.map((state) => ({ name, request, state, answer: table[name]?.[state] })),
);
const permitted = cases.filter(({ answer }) => answer === 'permits');
const refused = cases.flatMap(({ answer, ...rest }) =>
  answer === undefined || answer === 'permits' ? [] : [{ ...rest, answer }],
);

function subjectOf({ id, aliasName, ciphertextBlob }: FurnishedKey): Subject {
  return { KeyId: id, aliasName, ciphertextBlob, freeAliasName: kms.newAliasName() };
}

async function stateOf(KeyId: string): Promise<string | undefined> {
  const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId }));
  return KeyMetadata?.KeyState;
}

const send = (request: Request, key: FurnishedKey) => request(kms.client, subjectOf(key));

describe('a key state permits or refuses an operation', () => {
  it('has a row for every operation on a key', () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(requestsOnKey).sort());
  });

  it.concurrent.each(permitted)('$name succeeds on a key in state $state', async ({ request, state }) => {
    const reply = await send(request, await kms.furnishKey(state));
    expect(reply.$metadata.httpStatusCode).toBe(200);
  });

  it.concurrent.each(refused)(
    '$name refuses a key in state $state: $answer',
    async ({ request, state, answer }) => {
      const key = await kms.furnishKey(state);
      expect(await refusalOf(send(request, key))).toEqual(refusals[answer](key.arn));
      expect(await stateOf(key.id)).toBe(state);
    },
  );
});

describe('operations on two keys', () => {
  it.each(reachableStates)('UpdateAlias takes an alias off a key in state %s', async (state) => {
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

  it('ReEncrypt refuses a disabled source key with DisabledException', async () => {
    const [source, destination] = await Promise.all([kms.furnishKey('Disabled'), kms.createKey()]);
    const request = new ReEncryptCommand({
      CiphertextBlob: source.ciphertextBlob,
      DestinationKeyId: destination.id,
    });
    expect(await refusalOf(kms.client.send(request))).toEqual(refusals.disabled(source.arn));
  });

  it('ReEncrypt refuses a destination key that is pending deletion with KMSInvalidStateException', async () => {
    const [source, destination] = await Promise.all([
      kms.furnishKey(),
      kms.createKeyInState('PendingDeletion'),
    ]);
    const request = new ReEncryptCommand({
      CiphertextBlob: source.ciphertextBlob,
      DestinationKeyId: destination.id,
    });
    expect(await refusalOf(kms.client.send(request))).toEqual(refusals.pendingDeletion(destination.arn));
  });
});
