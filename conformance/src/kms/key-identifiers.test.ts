import { CancelKeyDeletionCommand, DescribeKeyCommand, ListAliasesCommand } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  absentKeyId,
  accountId,
  aliasArnOf,
  constraintRefusal,
  type FurnishedKey,
  keyArnOf,
  refusal,
  region,
  useKms,
} from './kms-under-test.ts';
import { kindFor, type KeyKind } from './key-kinds.ts';
import { requestsByAnyForm, requestsByIdOrArn, requestsOnAlias, type Request } from './requests.ts';

const kms = useKms();
let shared: FurnishedKey;
/** A key of each kind that requests by an alias need. */
const ofKind = new Map<KeyKind, FurnishedKey>();

beforeAll(async () => {
  shared = await kms.furnishKey();
  for (const name of Object.keys(requestsByAnyForm)) {
    const kind = kindFor(name);
    if (!ofKind.has(kind)) ofKind.set(kind, await kms.furnishKey('Enabled', kind));
  }
});

/** Sends a request that names a key by `KeyId`, whatever that is. */
function send(request: Request, KeyId: string, key: FurnishedKey = shared) {
  return request(kms.client, { ...key, KeyId, freeAliasName: kms.newAliasName() });
}

const namesOfKey: Readonly<Record<string, (key: FurnishedKey) => string>> = {
  'key id': ({ id }) => id,
  'key ARN': ({ arn }) => arn,
  'alias name': ({ aliasName }) => aliasName,
  'alias ARN': ({ aliasName }) => aliasArnOf(aliasName),
};

const targetKey = Object.entries(requestsOnAlias).filter(([name]) => name !== 'DeleteAlias');
const named = [...Object.entries(requestsByIdOrArn), ...Object.entries(requestsByAnyForm), ...targetKey];
const crossed = <First, Second>(first: readonly First[], second: readonly Second[]) =>
  first.flatMap((one) => second.map((other) => ({ one, other })));

const onEnabledKey = named.filter(([name]) => name !== 'CancelKeyDeletion');

describe('operations take a key by its id and by its ARN', () => {
  const cases = crossed(onEnabledKey, ['key id', 'key ARN'] as const);
  it.concurrent.each(cases)('$one.0 takes a $other', async ({ one: [name, request], other: form }) => {
    const key = await kms.furnishKey('Enabled', kindFor(name));
    const reply = await send(request, namesOfKey[form]?.(key) ?? '', key);
    expect(reply.$metadata.httpStatusCode).toBe(200);
  });

  it.each(['key id', 'key ARN'])('CancelKeyDeletion takes a %s', async (form) => {
    const key = await kms.furnishKey('PendingDeletion');
    const request = new CancelKeyDeletionCommand({ KeyId: namesOfKey[form]?.(key) });
    expect(await kms.client.send(request)).toMatchObject({ KeyId: key.arn });
  });
});

describe('cryptographic operations and DescribeKey take a key by its aliases', () => {
  const cases = crossed(Object.entries(requestsByAnyForm), ['alias name', 'alias ARN'] as const);
  it.each(cases)('$one.0 takes an $other', async ({ one: [name, request], other: form }) => {
    const key = ofKind.get(kindFor(name)) ?? shared;
    const reply = await send(request, namesOfKey[form]?.(key) ?? '', key);
    expect(reply.$metadata.httpStatusCode).toBe(200);
  });

  it.each(Object.entries(requestsByAnyForm))(
    '%s refuses an absent alias with NotFoundException',
    async (_name, request) => {
      const text = `Alias ${aliasArnOf('alias/absent')} is not found.`;
      expect(await refusalOf(send(request, 'alias/absent'))).toEqual(refusal('NotFoundException', text));
      expect(await refusalOf(send(request, aliasArnOf('alias/absent')))).toEqual(
        refusal('NotFoundException', text),
      );
    },
  );
});

describe('operations that take no alias refuse one', () => {
  it.each(Object.entries(requestsByIdOrArn))(
    '%s refuses an alias with InvalidArnException',
    async (_name, request) => {
      const expected = refusal('InvalidArnException', 'Key Aliases are not supported for this operation.');
      expect(await refusalOf(send(request, shared.aliasName))).toEqual(expected);
      expect(await refusalOf(send(request, aliasArnOf(shared.aliasName)))).toEqual(expected);
      expect(await refusalOf(send(request, 'alias/absent'))).toEqual(expected);
    },
  );

  it.each(targetKey)('%s refuses an alias as its target with ValidationException', async (_name, request) => {
    const expected = refusal('ValidationException', 'Aliases must refer to keys. Not aliases');
    expect(await refusalOf(send(request, shared.aliasName))).toEqual(expected);
    expect(await refusalOf(send(request, aliasArnOf(shared.aliasName)))).toEqual(expected);
  });
});

describe('operations refuse what names no key', () => {
  it.each(named)(
    '%s refuses an absent key with NotFoundException, its id made an ARN',
    async (_name, request) => {
      const expected = refusal('NotFoundException', `Key '${keyArnOf(absentKeyId)}' does not exist`);
      expect(await refusalOf(send(request, absentKeyId))).toEqual(expected);
      expect(await refusalOf(send(request, keyArnOf(absentKeyId)))).toEqual(expected);
    },
  );

  it.each(named)('%s refuses a key ARN of another Region with NotFoundException', async (_name, request) => {
    const arn = shared.arn.replace(region, 'us-west-2');
    expect(await refusalOf(send(request, arn))).toEqual(
      refusal('NotFoundException', 'Invalid arn us-west-2'),
    );
  });

  it.each(named)('%s refuses an id of another form with NotFoundException', async (_name, request) => {
    const expected = refusal('NotFoundException', "Invalid keyId 'not-a-key'");
    expect(await refusalOf(send(request, 'not-a-key'))).toEqual(expected);
  });

  const invalid = [
    'foo',
    absentKeyId.replaceAll('-', ''),
    `mrk-${'0'.repeat(31)}`,
    `mrk-${'0'.repeat(33)}`,
    `mrk-${'g'.repeat(32)}`,
    `${absentKeyId}0`,
    ` ${absentKeyId}`,
    'Alias/test',
    `arn:aws:s3:${region}:${accountId}:key/${absentKeyId}`,
    `arn:aws:kms:${region}:12345:key/${absentKeyId}`,
  ];
  it.each(invalid)('DescribeKey refuses the key id %j with NotFoundException', async (KeyId) => {
    expect(await refusalOf(kms.client.send(new DescribeKeyCommand({ KeyId })))).toEqual(
      refusal('NotFoundException', `Invalid keyId '${KeyId}'`),
    );
  });

  const memberOf = (name: string) =>
    name === 'ReEncrypt' ? 'destinationKeyId' : name in requestsOnAlias ? 'targetKeyId' : 'keyId';

  it.each(named)('%s refuses an empty identifier with ValidationException', async (name, request) => {
    const { name: code, message } = await refusalOf(send(request, ''));
    expect(code).toBe('ValidationException');
    expect(message).toContain(
      `Value '' at '${memberOf(name)}' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    );
  });

  it('refuses an identifier longer than 2,048 characters with ValidationException', async () => {
    const KeyId = 'x'.repeat(2049);
    expect(await refusalOf(kms.client.send(new ListAliasesCommand({ KeyId })))).toEqual(
      constraintRefusal(
        `Value '${KeyId}' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048`,
      ),
    );
  });
});
