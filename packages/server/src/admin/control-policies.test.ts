import { CreateKeyCommand, DescribeKeyCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { ActRefused, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const accountId = '000000000000';
const allowing = (action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: '*' } });
const policy = { accountId, type: 'service', name: 'limits' };

let service: TestService;

beforeEach(async () => {
  service = await startTestService();
  onTestFinished(() => service.close());
});

const listed = async () => (await service.admin('control-policy-list', { accountId }))['policies'];
const refused = async (act: string, body: object) => {
  const error: unknown = await service.admin(act, body).catch((one: unknown) => one);
  if (error instanceof ActRefused) return error.message;
  throw new Error('nothing was refused');
};

describe('A control policy that an administrator sets', () => {
  it('is there at once and after a restart, by its type and name, and is replaced under the same', async () => {
    expect(await listed()).toEqual([]);
    await service.admin('control-policy-set', { ...policy, document: allowing('kms:Encrypt') });
    await service.admin('control-policy-set', { ...policy, type: 'resource', document: allowing('*') });
    await service.admin('control-policy-set', { ...policy, document: allowing('kms:Decrypt') });
    const expected = [
      { type: 'resource', name: 'limits', document: allowing('*') },
      { type: 'service', name: 'limits', document: allowing('kms:Decrypt') },
    ];
    expect(await listed()).toEqual(expected);
    service = await service.restart();
    expect(await listed()).toEqual(expected);
  });

  it('is gone once it is removed, and no other with it', async () => {
    const document = allowing('*');
    await service.admin('control-policy-set', { ...policy, document });
    await service.admin('control-policy-set', { ...policy, name: 'other', document });
    expect(await service.admin('control-policy-remove', policy)).toEqual(policy);
    expect(await listed()).toEqual([{ type: 'service', name: 'other', document }]);
    expect(await refused('control-policy-remove', policy)).toBe(
      `The account ${accountId} has no service control policy limits.`,
    );
  });

  it('is in the journal with its document and who set it, and so is its removal', async () => {
    const document = allowing('kms:Encrypt');
    await service.admin('control-policy-set', { ...policy, document });
    await service.admin('control-policy-remove', policy);
    const records = service.journal().filter(({ operator }) => operator === 'socket');
    expect(records).toMatchObject([
      {
        eventName: 'SetControlPolicy',
        operator: 'socket',
        accountId,
        requestParameters: { ...policy, document },
      },
      { eventName: 'RemoveControlPolicy', operator: 'socket', accountId, requestParameters: policy },
    ]);
  });

  it('may have 5,120 characters and no more', async () => {
    const sized = (characters: number) => allowing('*').padEnd(characters, ' ');
    await service.admin('control-policy-set', { ...policy, document: sized(5120) });
    const over = { ...policy, name: 'over', document: sized(5121) };
    expect(await refused('control-policy-set', over)).toContain('more than 5,120 characters');
    expect(await listed()).toHaveLength(1);
  });

  it.each([
    ['a document that is no policy', { document: '{' }, 'The document is refused: '],
    [
      'a principal other than everyone',
      { document: allowing('*').replace('"Action"', '"Principal":{"AWS":"000000000000"},"Action"') },
      'The document is refused: ',
    ],
    [
      'a statement without a resource',
      { document: '{"Statement":{"Effect":"Deny","Action":"*"}}' },
      'refused',
    ],
    ['an account that is not there', { accountId: '999999999999' }, 'There is no account 999999999999.'],
    ['another type', { type: 'identity' }, 'type'],
    ['a name with a space', { name: 'a b' }, 'name: must be 1 to 128'],
    ['no name', { name: '' }, 'name: must be 1 to 128'],
    ['a long name', { name: 'n'.repeat(129) }, 'name: must be 1 to 128'],
    ['no document', { document: undefined }, 'document'],
    ['anything else', { more: 1 }, 'more'],
  ])('is refused with %s', async (_, changed, reason) => {
    const body = { ...policy, document: allowing('*'), ...changed };
    expect(await refused('control-policy-set', body)).toContain(reason);
    expect(await listed()).toEqual([]);
  });

  it('is listed and removed of accounts that are there only', async () => {
    const other = { ...policy, accountId: '999999999999' };
    expect(await refused('control-policy-list', { accountId: other.accountId })).toContain('no account');
    expect(await refused('control-policy-remove', other)).toContain('no account');
  });
});

describe('What a control policy limits', () => {
  it('is limited for the next request, the root user not excepted, until it is removed', async () => {
    const kms = service.client();
    await kms.send(new ListKeysCommand({}));
    await service.admin('control-policy-set', { ...policy, document: allowing('kms:CreateKey') });
    const refusal = await refusalOf(kms.send(new ListKeysCommand({})));
    expect(refusal.name).toBe('AccessDeniedException');
    expect(refusal.message).toContain('no service control policy allows the kms:ListKeys action');
    await kms.send(new CreateKeyCommand({}));
    await service.admin('control-policy-remove', policy);
    await kms.send(new ListKeysCommand({}));
  });

  it('is what anyone may do to the keys of the account, where it is of the type resource', async () => {
    const kms = service.client();
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const denied = { ...policy, type: 'resource', document: allowing('kms:ListKeys') };
    await service.admin('control-policy-set', denied);
    const refusal = await refusalOf(kms.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId })));
    expect(refusal.name).toBe('AccessDeniedException');
    expect(refusal.message).toContain('resource control policy');
  });
});
