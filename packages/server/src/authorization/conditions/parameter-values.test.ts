import { describe, expect, it } from 'vitest';
import type { AttestedRecipient } from '../../attestation/attested-recipient.ts';
import { alice, identityOf, now, requestOf } from '../questions.test-support.ts';
import type { JudgedPermission, Values } from './condition-row.ts';
import { encrypt, key, on, valueOf, withInput } from './values.test-support.ts';

describe('What a request says by its parameters:', () => {
  const context = new Map([
    ['App', 'shop'],
    ['app', 'web'],
  ]);

  it.each<[string, JudgedPermission, Readonly<Record<string, unknown>>, Values]>([
    ['kms:EncryptionAlgorithm', encrypt, {}, ['SYMMETRIC_DEFAULT']],
    ['kms:EncryptionAlgorithm', on('kms:GenerateDataKey'), {}, ['SYMMETRIC_DEFAULT']],
    ['kms:EncryptionAlgorithm', on('kms:Sign'), {}, undefined],
    [
      'kms:EncryptionAlgorithm',
      on('kms:ReEncryptTo'),
      { SourceEncryptionAlgorithm: 'a', DestinationEncryptionAlgorithm: 'b' },
      ['b'],
    ],
    ['kms:MessageType', on('kms:Verify'), {}, ['RAW']],
    ['kms:MessageType', on('kms:Sign'), { MessageType: 'DIGEST' }, ['DIGEST']],
    ['kms:SigningAlgorithm', on('kms:Sign'), { SigningAlgorithm: 'ECDSA_SHA_256' }, ['ECDSA_SHA_256']],
    ['kms:DataKeyPairSpec', on('kms:GenerateDataKeyPair'), { KeyPairSpec: 'RSA_2048' }, ['RSA_2048']],
    ['kms:RotationPeriodInDays', on('kms:EnableKeyRotation'), {}, ['365']],
    ['kms:RotationPeriodInDays', on('kms:EnableKeyRotation'), { RotationPeriodInDays: 90 }, ['90']],
    ['kms:ScheduleKeyDeletionPendingWindowInDays', on('kms:ScheduleKeyDeletion'), {}, ['30']],
    ['kms:ExpirationModel', on('kms:ImportKeyMaterial'), {}, ['KEY_MATERIAL_EXPIRES']],
    ['kms:ValidTo', on('kms:ImportKeyMaterial'), { ValidTo: now }, ['2026-05-01T12:00:00.000Z']],
    ['kms:RequestAlias', encrypt, { KeyId: 'alias/a' }, ['alias/a']],
    ['kms:RequestAlias', encrypt, { KeyId: 'arn:aws:kms:eu-west-2:1:alias/a/b' }, ['alias/a/b']],
    ['kms:RequestAlias', encrypt, { KeyId: key.arn }, undefined],
    ['kms:RequestAlias', on('kms:ReEncryptFrom'), { DestinationKeyId: 'alias/a' }, undefined],
    ['kms:RequestAlias', on('kms:EnableKey'), { KeyId: 'alias/a' }, undefined],
    ['kms:EncryptionContext:APP', encrypt, { EncryptionContext: context }, ['shop', 'web']],
    ['kms:EncryptionContextKeys', encrypt, { EncryptionContext: context }, ['App', 'app']],
    ['kms:EncryptionContextKeys', encrypt, {}, undefined],
    ['kms:EncryptionContextKeys', on('kms:DescribeKey'), { EncryptionContext: context }, undefined],
    [
      'kms:EncryptionContextKeys',
      on('kms:ReEncryptFrom'),
      { DestinationEncryptionContext: context },
      undefined,
    ],
    [
      'kms:EncryptionContextKeys',
      on('kms:ReEncryptTo'),
      { DestinationEncryptionContext: context },
      ['App', 'app'],
    ],
    ['kms:ReEncryptOnSameKey', on('kms:ReEncryptTo', { onSameKey: true }), {}, ['true']],
    ['kms:ReEncryptOnSameKey', encrypt, {}, undefined],
    [
      'kms:TrailingDaysWithoutKeyUsage',
      on('kms:DisableKey', { unusedSince: now - 36 * 3_600_000 }),
      {},
      ['1'],
    ],
    ['kms:TrailingDaysWithoutKeyUsage', on('kms:DisableKey', { unusedSince: now + 1000 }), {}, ['0']],
    ['aws:TagKeys', on('kms:UntagResource'), { TagKeys: ['Stage'] }, ['Stage']],
    ['aws:TagKeys', on('kms:DescribeKey'), { TagKeys: ['Stage'] }, undefined],
  ])('%s', (name, permission, input, values) => {
    expect(valueOf(name, permission, withInput(input))).toEqual(values);
  });
});

describe('What a request says of a grant:', () => {
  const constraints = {
    encryptionContextEquals: undefined,
    encryptionContextSubset: new Map([['app', 'shop']]),
    sourceArn: 'arn:aws:s3:::bucket',
  };
  const newGrant = on('kms:CreateGrant', { newGrant: { operations: new Set(['Decrypt']), constraints } });
  const retirement = on('kms:RetireGrant', {
    retirement: { constraints, grant: undefined, accountId: undefined },
  });
  const input = {
    GranteePrincipal: alice.arn,
    RetiringServicePrincipal: 's3.amazonaws.com',
    Operations: ['Decrypt'],
  };

  it.each<[string, JudgedPermission, Values]>([
    ['kms:GrantOperations', newGrant, ['Decrypt']],
    ['kms:GranteePrincipal', newGrant, [alice.arn]],
    ['kms:GranteeServicePrincipal', newGrant, undefined],
    ['kms:RetiringPrincipal', newGrant, undefined],
    ['kms:RetiringServicePrincipal', newGrant, ['s3.amazonaws.com']],
    ['kms:GrantConstraintType', newGrant, ['EncryptionContextSubset']],
    ['kms:GrantConstraintSourceArn', newGrant, ['arn:aws:s3:::bucket']],
    ['kms:GrantIsForAWSResource', newGrant, ['false']],
    ['kms:EncryptionContext:app', newGrant, ['shop']],
    ['kms:EncryptionContextKeys', retirement, ['app']],
    ['kms:GrantConstraintType', retirement, ['EncryptionContextSubset']],
    ['kms:GrantConstraintSourceArn', retirement, undefined],
    ['kms:GranteePrincipal', retirement, undefined],
    ['kms:GrantIsForAWSResource', retirement, undefined],
    ['kms:GrantOperations', encrypt, undefined],
  ])('%s', (name, permission, values) => {
    expect(valueOf(name, permission, withInput(input))).toEqual(values);
  });
});

describe('What a request says of the enclave that its reply is for:', () => {
  const recipient: AttestedRecipient = {
    moduleId: 'i-1',
    timestamp: now,
    publicKey: new Uint8Array(),
    pcrs: new Map([[3, 'cc']]),
    nitroTpmPcrs: new Map([[3, 'dd']]),
    imageSha384: 'aa',
  };

  it.each<[string, Values]>([
    ['ImageSha384', ['aa']],
    ['PCR3', ['cc']],
    ['NitroTPMPCR3', ['dd']],
    ['PCR4', undefined],
    ['PCR03', undefined],
    ['PCR', undefined],
  ])('%s', (register, values) => {
    const request = requestOf(alice, identityOf(), { recipient });
    expect(valueOf(`kms:RecipientAttestation:${register}`, encrypt, request)).toEqual(values);
    expect(valueOf(`kms:RecipientAttestation:${register}`)).toBeUndefined();
  });
});
