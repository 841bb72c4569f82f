import {
  CreateAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListResourceTagsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { type Refusal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { aliasArnOf, refusal, useKms } from './kms-under-test.ts';

const kms = useKms();
const times = <Item>(count: number, make: (at: number) => Item) =>
  Array.from({ length: count }, (_, at) => make(at));

/** The refusals among requests under way at once; a request that succeeds leaves none. */
async function refusalsAmong(requests: readonly Promise<unknown>[]): Promise<readonly Refusal[]> {
  const outcomes = await Promise.allSettled(requests);
  const refused = requests.filter((_, at) => outcomes[at]?.status === 'rejected');
  return Promise.all(refused.map(refusalOf));
}

describe('two clients at once', () => {
  it.each(times(10, (at) => at))(
    'race CreateAlias of one name: one wins, AlreadyExistsException for the other (round %i)',
    async () => {
      const [one, other] = [kms.service.client(), kms.service.client()];
      const keys = await Promise.all([kms.createKey(), kms.createKey()]);
      const AliasName = kms.newAliasName();
      const requests = keys.map(({ id: TargetKeyId }, at) =>
        (at === 0 ? one : other).send(new CreateAliasCommand({ AliasName, TargetKeyId })),
      );
      expect(await refusalsAmong(requests)).toEqual([
        refusal('AlreadyExistsException', `An alias with the name ${aliasArnOf(AliasName)} already exists`),
      ]);
      const targets = await Promise.all(
        keys.map(({ id: KeyId }) => kms.client.send(new ListAliasesCommand({ KeyId }))),
      );
      expect(targets.flatMap(({ Aliases = [] }) => Aliases)).toHaveLength(1);
    },
  );

  it('race CreateAlias of one name for one key: one wins, AlreadyExistsException for the other', async () => {
    const { id: TargetKeyId } = await kms.createKey();
    const AliasName = kms.newAliasName();
    const requests = times(2, () =>
      kms.service.client().send(new CreateAliasCommand({ AliasName, TargetKeyId })),
    );
    expect(await refusalsAmong(requests)).toEqual([
      refusal('AlreadyExistsException', `An alias with the name ${aliasArnOf(AliasName)} already exists`),
    ]);
  });

  it('race CreateAlias for the 50th alias of a key: one wins, LimitExceededException for the others', async () => {
    const { id: TargetKeyId } = await kms.createKey();
    const create = () =>
      kms.client.send(new CreateAliasCommand({ AliasName: kms.newAliasName(), TargetKeyId }));
    for (let count = 0; count < 49; count++) await create();
    const refused = await refusalsAmong(times(4, create));
    const expected = refusal(
      'LimitExceededException',
      'Aliases per key quota for this account in this region is 50, current usage is 50.',
    );
    expect(refused).toEqual([expected, expected, expected]);
    const { Aliases } = await kms.client.send(new ListAliasesCommand({ KeyId: TargetKeyId, Limit: 100 }));
    expect(Aliases).toHaveLength(50);
  });

  it('race TagResource for the 50th tag of a key: one wins, TagException for the other', async () => {
    const Tags = times(49, (at) => ({ TagKey: `t${at}`, TagValue: '' }));
    const { id: KeyId } = await kms.createKey({ Tags });
    const tag = (TagKey: string) =>
      kms.client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey, TagValue: '' }] }));
    expect(await refusalsAmong([tag('x'), tag('y')])).toEqual([refusal('TagException', 'Too many tags')]);
    expect((await kms.client.send(new ListResourceTagsCommand({ KeyId }))).Tags).toHaveLength(50);
  });

  it('race ScheduleKeyDeletion: one wins, KMSInvalidStateException for the other', async () => {
    const { id: KeyId, arn } = await kms.createKey();
    const requests = times(2, () => kms.client.send(new ScheduleKeyDeletionCommand({ KeyId })));
    expect(await refusalsAmong(requests)).toEqual([
      refusal('KMSInvalidStateException', `${arn} is pending deletion.`),
    ]);
  });

  it('race ScheduleKeyDeletion and EnableKey: the key is pending deletion afterwards', async () => {
    const { id: KeyId, arn } = await kms.createKeyInState('Disabled');
    const refused = await refusalsAmong([
      kms.client.send(new EnableKeyCommand({ KeyId })),
      kms.client.send(new ScheduleKeyDeletionCommand({ KeyId })),
    ]);
    for (const one of refused)
      expect(one).toEqual(refusal('KMSInvalidStateException', `${arn} is pending deletion.`));
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata?.KeyState).toBe('PendingDeletion');
  });
});

describe('many requests on one key at once all succeed', () => {
  const enableOrDisable = (client: KMSClient, KeyId: string, at: number): Promise<unknown> =>
    client.send(at % 2 === 0 ? new EnableKeyCommand({ KeyId }) : new DisableKeyCommand({ KeyId }));
  const tag = (client: KMSClient, KeyId: string, at: number): Promise<unknown> =>
    client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: `t${at}`, TagValue: String(at) }] }));

  it.each([2, 5])('EnableKey and DisableKey, %i of them', async (count) => {
    const { id } = await kms.createKey();
    expect(await refusalsAmong(times(count, (at) => enableOrDisable(kms.client, id, at)))).toEqual([]);
  });

  it.each([2, 5])('TagResource, %i of them, and no tag is lost', async (count) => {
    const { id: KeyId } = await kms.createKey();
    expect(await refusalsAmong(times(count, (at) => tag(kms.client, KeyId, at)))).toEqual([]);
    expect((await kms.client.send(new ListResourceTagsCommand({ KeyId }))).Tags).toHaveLength(count);
  });

  it('TagResource, 40 of them, of clients that send again what is throttled', async () => {
    const { id: KeyId } = await kms.createKey();
    const clients = times(4, () => kms.service.client({ maxAttempts: 10 }));
    const requests = clients.flatMap((client, of) => times(10, (at) => tag(client, KeyId, of * 10 + at)));
    expect(await refusalsAmong(requests)).toEqual([]);
    expect((await kms.client.send(new ListResourceTagsCommand({ KeyId }))).Tags).toHaveLength(40);
  });

  it('RotateKeyOnDemand, 4 of them, each with key material of its own', async () => {
    const { id: KeyId } = await kms.createKey();
    expect(
      await refusalsAmong(times(4, () => kms.client.send(new RotateKeyOnDemandCommand({ KeyId })))),
    ).toEqual([]);
    const { Rotations = [] } = await kms.client.send(new ListKeyRotationsCommand({ KeyId }));
    expect(new Set(Rotations.map(({ KeyMaterialId }) => KeyMaterialId)).size).toBe(4);
    expect(Rotations.filter(({ KeyMaterialState }) => KeyMaterialState === 'CURRENT')).toHaveLength(1);
  });
});
