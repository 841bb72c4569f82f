import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  ListAliasesCommand,
  type ListAliasesCommandInput,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  aliasArnOf,
  constraintRefusal,
  invalidMarker,
  type KeyUnderTest,
  membersOf,
  useKms,
} from './kms-under-test.ts';

const kms = useKms();
/** Names before, among and after `alias/aws/`: a page can end on either side of a stored or predefined name. */
const ownNames = [
  'alias/A',
  'alias/a',
  'alias/aws',
  'alias/aws-x',
  'alias/awsz',
  'alias/b',
  'alias/z/1',
  'alias/z/2',
];
let key: KeyUnderTest;
let other: KeyUnderTest;

const list = (input: ListAliasesCommandInput = {}) => kms.client.send(new ListAliasesCommand(input));

async function listAll(input: ListAliasesCommandInput): Promise<string[]> {
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await list({ ...input, Marker });
    names.push(...(page.Aliases ?? []).map(({ AliasName }) => AliasName ?? ''));
    expect(page.Truncated).toBe(page.NextMarker !== undefined);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return names;
}

beforeAll(async () => {
  [key, other] = await Promise.all([kms.createKey(), kms.createKey()]);
  for (const AliasName of ownNames)
    await kms.client.send(new CreateAliasCommand({ AliasName, TargetKeyId: key.id }));
  await kms.client.send(new CreateAliasCommand({ AliasName: 'alias/other', TargetKeyId: other.id }));
  // Predefined aliases at the start, in the middle and at the end of their range become stored ones.
  for (const KeyId of ['alias/aws/acm', 'alias/aws/kinesis', 'alias/aws/xray']) {
    await kms.client.send(new DescribeKeyCommand({ KeyId }));
  }
});

describe('ListAliases', () => {
  it('lists customer and predefined aliases by name', async () => {
    const { Aliases = [], ...rest } = membersOf(await list());
    expect(rest).toEqual({ Truncated: false });
    const names = Aliases.map(({ AliasName = '' }) => AliasName);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(
      expect.arrayContaining([...ownNames, 'alias/other', 'alias/aws/ebs', 'alias/aws/s3']),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('lists a predefined alias without target and dates until its AWS managed key exists', async () => {
    const { Aliases = [] } = await list();
    const byName = new Map(Aliases.map((alias) => [alias.AliasName, alias]));
    expect(byName.get('alias/aws/sqs')).toEqual({
      AliasName: 'alias/aws/sqs',
      AliasArn: aliasArnOf('alias/aws/sqs'),
    });
    expect(byName.get('alias/aws/xray')).toEqual({
      AliasName: 'alias/aws/xray',
      AliasArn: aliasArnOf('alias/aws/xray'),
      TargetKeyId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      CreationDate: expect.any(Date) as Date,
      LastUpdatedDate: expect.any(Date) as Date,
    });
  });

  it.each([1, 2, 3, 5, 7, 13, 24, 25, 26, 27, 99, 100])(
    'shows every alias once in pages of %i, stored and predefined names merged',
    async (Limit) => {
      const { Aliases = [] } = await list({ Limit: 100 });
      expect(await listAll({ Limit })).toEqual(Aliases.map(({ AliasName }) => AliasName));
    },
  );

  it('lists the aliases of one key by its id or ARN, no predefined ones among them', async () => {
    expect(await listAll({ KeyId: key.id })).toEqual([...ownNames].sort());
    expect(await listAll({ KeyId: key.arn, Limit: 3 })).toEqual([...ownNames].sort());
    expect(await listAll({ KeyId: other.id })).toEqual(['alias/other']);
  });

  it('lists no aliases of a key that has none', async () => {
    const { id: KeyId } = await kms.createKey();
    expect(membersOf(await list({ KeyId }))).toEqual({ Aliases: [], Truncated: false });
  });

  it('goes on after a marker whose alias is gone', async () => {
    const { id: KeyId } = await kms.createKey();
    const names = ['alias/m1', 'alias/m2', 'alias/m3'];
    for (const AliasName of names)
      await kms.client.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    const { NextMarker: Marker } = await list({ KeyId, Limit: 2 });
    await kms.client.send(new DeleteAliasCommand({ AliasName: 'alias/m2' }));
    expect((await list({ KeyId, Marker })).Aliases?.map(({ AliasName }) => AliasName)).toEqual(['alias/m3']);
    for (const AliasName of ['alias/m1', 'alias/m3'])
      await kms.client.send(new DeleteAliasCommand({ AliasName }));
  });

  it('refuses a marker of the whole list for the list of one key, and the reverse, with InvalidMarkerException', async () => {
    const [{ NextMarker: ofAll }, { NextMarker: ofKey }] = await Promise.all([
      list({ Limit: 1 }),
      list({ Limit: 1, KeyId: key.id }),
    ]);
    expect(await refusalOf(list({ Marker: ofAll, KeyId: key.id }))).toEqual(invalidMarker);
    expect(await refusalOf(list({ Marker: ofKey }))).toEqual(invalidMarker);
    expect(await refusalOf(list({ Marker: ofKey, KeyId: other.id }))).toEqual(invalidMarker);
  });

  it('refuses a foreign marker with InvalidMarkerException', async () => {
    const Marker = Buffer.from('{"b":"alias/z","a":"alias/z"}').toString('base64');
    expect(await refusalOf(list({ Marker }))).toEqual(invalidMarker);
  });

  it('refuses the limit 1001 with ValidationException', async () => {
    expect(await refusalOf(list({ Limit: 1001 }))).toEqual(
      constraintRefusal(
        "Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000",
      ),
    );
  });

  it('gives 50 aliases a page unless told otherwise, and at most 100', async () => {
    const keys = await Promise.all([kms.createKey(), kms.createKey()]);
    for (const [at, { id: TargetKeyId }] of keys.entries()) {
      const names = Array.from({ length: 45 }, (_, count) => `alias/many-${at}-${count}`);
      for (const AliasName of names)
        await kms.client.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
    }
    expect((await list()).Aliases).toHaveLength(50);
    expect((await list({ Limit: 1000 })).Aliases).toHaveLength(100);
  });
});
