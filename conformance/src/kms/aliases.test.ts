import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  ListAliasesCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { absentKeyId, aliasArnOf, constraintRefusal, membersOf, refusal, useKms } from './kms-under-test.ts';

const kms = useKms();

const create = (AliasName: string | undefined, TargetKeyId: string | undefined) =>
  kms.client.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
const update = (AliasName: string, TargetKeyId: string) =>
  kms.client.send(new UpdateAliasCommand({ AliasName, TargetKeyId }));
const remove = (AliasName: string) => kms.client.send(new DeleteAliasCommand({ AliasName }));
const aliasesOf = async (KeyId: string) =>
  (await kms.client.send(new ListAliasesCommand({ KeyId, Limit: 100 }))).Aliases ?? [];
const targetOf = async (KeyId: string) =>
  (await kms.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyId;

const quota = refusal(
  'LimitExceededException',
  'Aliases per key quota for this account in this region is 50, current usage is 50.',
);
const notFound = (name: string) => refusal('NotFoundException', `Alias ${aliasArnOf(name)} is not found.`);

async function fullKey() {
  const key = await kms.createKey();
  for (let count = 0; count < 50; count++) await create(kms.newAliasName(), key.id);
  return key;
}

describe('CreateAlias', () => {
  it('answers with an empty body and lists the alias with its dates', async () => {
    const { id } = await kms.createKey();
    const AliasName = kms.newAliasName();
    expect(membersOf(await create(AliasName, id))).toEqual({});
    const [alias, ...more] = await aliasesOf(id);
    expect(more).toEqual([]);
    expect(alias).toEqual({
      AliasName,
      AliasArn: aliasArnOf(AliasName),
      TargetKeyId: id,
      CreationDate: expect.any(Date) as Date,
      LastUpdatedDate: alias?.CreationDate,
    });
  });

  it.each([
    'alias/a',
    'alias/Az09/_-',
    'alias//',
    'alias/aws',
    'alias/awsome/x',
    'alias/AWS/x',
    `alias/${'x'.repeat(250)}`,
  ])('takes the name %s', async (name) => {
    const { id } = await kms.createKey();
    await create(name, id);
    expect(await targetOf(name)).toBe(id);
  });

  it('tells names apart by their case', async () => {
    const [lower, upper] = [await kms.createKey(), await kms.createKey()];
    await create('alias/case', lower.id);
    await create('alias/CASE', upper.id);
    expect([await targetOf('alias/case'), await targetOf('alias/CASE')]).toEqual([lower.id, upper.id]);
  });

  it('refuses a name that is taken with AlreadyExistsException, for the same key as well', async () => {
    const { id, aliasName } = await kms.furnishKey();
    const other = await kms.createKey();
    const expected = refusal(
      'AlreadyExistsException',
      `An alias with the name ${aliasArnOf(aliasName)} already exists`,
    );
    expect(await refusalOf(create(aliasName, other.id))).toEqual(expected);
    expect(await refusalOf(create(aliasName, id))).toEqual(expected);
    expect(await targetOf(aliasName)).toBe(id);
  });

  it('refuses a 51st alias of a key with LimitExceededException', async () => {
    const { id } = await fullKey();
    expect(await refusalOf(create(kms.newAliasName(), id))).toEqual(quota);
    const [first] = await aliasesOf(id);
    await remove(first?.AliasName ?? '');
    await create(kms.newAliasName(), id);
    expect(await aliasesOf(id)).toHaveLength(50);
  });

  it('refuses a missing name and a missing target with ValidationException', async () => {
    const { id } = await kms.createKey();
    const missing = (member: string) =>
      constraintRefusal(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);
    expect(await refusalOf(create(undefined, id))).toEqual(missing('aliasName'));
    expect(await refusalOf(create('alias/x', undefined))).toEqual(missing('targetKeyId'));
  });
});

describe('alias names', () => {
  const withoutPrefix = refusal(
    'ValidationException',
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  );
  const cases = [
    ['without the prefix', 'test', withoutPrefix],
    ['with the prefix in capitals', 'ALIAS/test', withoutPrefix],
    ['that is a key id', absentKeyId, withoutPrefix],
    ['that is an alias ARN', aliasArnOf('alias/x'), withoutPrefix],
    ['that is the prefix alone', 'alias/', refusal('ValidationException', 'Invalid identifier')],
    [
      'with a colon',
      'alias/a:b',
      refusal('ValidationException', 'alias/a:b contains invalid characters for an alias'),
    ],
    ['that is reserved', 'alias/aws/mine', refusal('NotAuthorizedException', '')],
    ['that is predefined', 'alias/aws/s3', refusal('NotAuthorizedException', '')],
    [
      'with a character outside the pattern',
      'alias/a b',
      constraintRefusal(
        "Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
      ),
    ],
    [
      'longer than 256 characters',
      `alias/${'x'.repeat(251)}`,
      constraintRefusal(
        `Value 'alias/${'x'.repeat(251)}' at 'aliasName' failed to satisfy constraint: Member must have length less than or equal to 256`,
      ),
    ],
  ] as const;

  it.each(cases)('CreateAlias refuses a name %s', async (_what, name, expected) => {
    const { id } = await kms.createKey();
    expect(await refusalOf(create(name, id))).toEqual(expected);
    expect(await aliasesOf(id)).toEqual([]);
  });

  it.each(cases)('UpdateAlias and DeleteAlias refuse a name %s', async (_what, name, expected) => {
    const { id } = await kms.createKey();
    expect(await refusalOf(update(name, id))).toEqual(expected);
    expect(await refusalOf(remove(name))).toEqual(expected);
  });

  it('an empty one is refused with ValidationException for its length and its pattern', async () => {
    const { name, message } = await refusalOf(remove(''));
    expect(name).toBe('ValidationException');
    expect(message.startsWith('2 validation errors detected: ')).toBe(true);
    expect(message).toContain(
      "Value '' at 'aliasName' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  });
});

describe('UpdateAlias', () => {
  it('moves the alias, answers with an empty body and changes LastUpdatedDate only', async () => {
    const [from, to] = [await kms.furnishKey(), await kms.createKey()];
    const [before] = await aliasesOf(from.id);
    await kms.service.advance(60);
    expect(membersOf(await update(from.aliasName, to.id))).toEqual({});
    expect(await aliasesOf(from.id)).toEqual([]);
    const [after] = await aliasesOf(to.id);
    expect(after).toEqual({ ...before, TargetKeyId: to.id, LastUpdatedDate: after?.LastUpdatedDate });
    expect(Number(after?.LastUpdatedDate) - Number(before?.LastUpdatedDate)).toBeGreaterThanOrEqual(60_000);
    expect(await targetOf(from.aliasName)).toBe(to.id);
  });

  it('takes a key ARN, and the key that the alias has already', async () => {
    const { arn, id, aliasName } = await kms.furnishKey();
    await update(aliasName, arn);
    expect(await targetOf(aliasName)).toBe(id);
  });

  it('refuses an alias that does not exist with NotFoundException and makes none', async () => {
    const { id } = await kms.createKey();
    const name = kms.newAliasName();
    expect(await refusalOf(update(name, id))).toEqual(notFound(name));
    expect(await aliasesOf(id)).toEqual([]);
  });

  it('refuses a 51st alias of the new key with LimitExceededException', async () => {
    const [from, to] = await Promise.all([kms.furnishKey(), fullKey()]);
    expect(await refusalOf(update(from.aliasName, to.id))).toEqual(quota);
    expect(await targetOf(from.aliasName)).toBe(from.id);
  });

  it('takes an alias of a full key for the same key again', async () => {
    const { id } = await fullKey();
    const [first] = await aliasesOf(id);
    expect(membersOf(await update(first?.AliasName ?? '', id))).toEqual({});
  });
});

describe('DeleteAlias', () => {
  it('answers with an empty body, takes the name off and leaves the key', async () => {
    const { id, aliasName } = await kms.furnishKey();
    expect(membersOf(await remove(aliasName))).toEqual({});
    expect(await aliasesOf(id)).toEqual([]);
    expect(await refusalOf(kms.client.send(new DescribeKeyCommand({ KeyId: aliasName })))).toEqual(
      notFound(aliasName),
    );
    expect(await targetOf(id)).toBe(id);
  });

  it('frees the name for another key', async () => {
    const [first, second] = [await kms.furnishKey(), await kms.createKey()];
    await remove(first.aliasName);
    await create(first.aliasName, second.id);
    expect(await targetOf(first.aliasName)).toBe(second.id);
  });

  it('refuses an alias that does not exist with NotFoundException, one just deleted as well', async () => {
    const { aliasName } = await kms.furnishKey();
    await remove(aliasName);
    expect(await refusalOf(remove(aliasName))).toEqual(notFound(aliasName));
  });
});
