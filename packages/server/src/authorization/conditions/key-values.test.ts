import { describe, expect, it } from 'vitest';
import { accountId, alice, requestOf } from '../questions.test-support.ts';
import type { JudgedPermission, Values } from './condition-row.ts';
import { create, encrypt, key, on, valueOf, withInput } from './values.test-support.ts';

describe('What a request says of the key:', () => {
  const row = { ...key.row, multi_region: 1, primary_region: 'us-east-1' };
  const replica = { ...key, row };
  const manyAliases = Array.from({ length: 51 }, (_, number) => ({ alias_name: `alias/${number}` }));

  it.each<[string, JudgedPermission, Values]>([
    ['kms:KeySpec', encrypt, ['SYMMETRIC_DEFAULT']],
    ['kms:CustomerMasterKeyUsage', encrypt, ['ENCRYPT_DECRYPT']],
    ['kms:KeyOrigin', encrypt, ['AWS_KMS']],
    ['kms:MultiRegion', encrypt, ['false']],
    ['kms:MultiRegionKeyType', encrypt, undefined],
    ['kms:MultiRegion', on('kms:Encrypt', { key: replica }), ['true']],
    ['kms:MultiRegionKeyType', on('kms:Encrypt', { key: replica }), ['REPLICA']],
    [
      'kms:MultiRegionKeyType',
      on('kms:Encrypt', { key: { ...replica, row: { ...row, primary_region: row.region } } }),
      ['PRIMARY'],
    ],
    ['kms:ResourceAliases', encrypt, undefined],
    [
      'kms:ResourceAliases',
      on('kms:Encrypt', { key: { ...key, aliases: manyAliases.slice(0, 2) } }),
      ['alias/0', 'alias/1'],
    ],
    ['kms:ResourceAliases', on('kms:Encrypt', { key: { ...key, aliases: manyAliases } }), ['']],
    ['kms:KeySpec', { ...create, action: 'kms:ListKeys' }, undefined],
    ['kms:CallerAccount', { ...create, action: 'kms:ListKeys' }, undefined],
    [
      'kms:CallerAccount',
      { ...create, action: 'kms:CreateAlias', resourceArn: 'arn:a:b:c:d:alias/x' },
      [accountId],
    ],
  ])('%s', (name, permission, values) => {
    expect(valueOf(name, permission)).toEqual(values);
  });

  it('its tags and aliases, to IAM policies only', () => {
    const known = {
      ...key,
      tags: [{ tag_key: 'Stage', tag_value: 'test' }],
      aliases: [{ alias_name: 'alias/a' }],
    };
    const permission = on('kms:Encrypt', { key: known });
    expect(valueOf('aws:ResourceTag/stage', permission)).toEqual(['test']);
    for (const name of ['aws:ResourceTag/stage', 'kms:ResourceAliases'])
      expect(valueOf(name, permission, requestOf(alice), 'key policy')).toBeUndefined();
  });
});

describe('What a request says of a key that is to be made:', () => {
  it.each<[string, Readonly<Record<string, unknown>>, Values]>([
    ['kms:KeySpec', {}, ['SYMMETRIC_DEFAULT']],
    ['kms:KeySpec', { KeySpec: 'RSA_2048' }, ['RSA_2048']],
    ['kms:KeySpec', { CustomerMasterKeySpec: 'RSA_4096' }, ['RSA_4096']],
    ['kms:KeyUsage', {}, ['ENCRYPT_DECRYPT']],
    ['kms:KeyUsage', { KeySpec: 'RSA_2048' }, undefined],
    ['kms:KeyOrigin', {}, ['AWS_KMS']],
    ['kms:KeyOrigin', { Origin: 'EXTERNAL' }, ['EXTERNAL']],
    ['kms:MultiRegion', {}, ['false']],
    ['kms:MultiRegionKeyType', { MultiRegion: true }, ['PRIMARY']],
    ['kms:BypassPolicyLockoutSafetyCheck', {}, ['false']],
    ['kms:BypassPolicyLockoutSafetyCheck', { BypassPolicyLockoutSafetyCheck: true }, ['true']],
    ['aws:RequestTag/stage', { Tags: [{ TagKey: 'Stage', TagValue: 'test' }] }, ['test']],
    ['aws:TagKeys', { Tags: [{ TagKey: 'Stage', TagValue: 'test' }] }, ['Stage']],
    ['aws:TagKeys', {}, undefined],
  ])('%s', (name, input, values) => {
    expect(valueOf(name, create, withInput(input))).toEqual(values);
  });
});
