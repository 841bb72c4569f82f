import { describe, expect, it } from 'vitest';
import { findConditionKey, listConditionKeys } from './condition-keys.ts';

describe('findConditionKey', () => {
  it.each([
    ['kms:ViaService', 'String', false],
    ['KMS:viaservice', 'String', false],
    ['kms:EncryptionContext:AppName', 'String', false],
    ['kms:encryptioncontext:a:b', 'String', false],
    ['kms:EncryptionContextKeys', 'String', true],
    ['kms:GrantOperations', 'String', true],
    ['kms:GrantConstraintSourceArn', 'ARN', false],
    ['kms:MultiRegion', 'Bool', false],
    ['kms:RotationPeriodInDays', 'Numeric', false],
    ['kms:ValidTo', 'Date', false],
    ['kms:RecipientAttestation:PCR31', 'String', false],
    ['kms:RecipientAttestation:NitroTPMPCR31', 'String', false],
    ['aws:SourceIp', 'IPAddress', false],
    ['aws:ResourceTag/team', 'String', false],
    ['aws:TagKeys', 'String', true],
    ['aws:PrincipalOrgPaths', 'String', true],
  ])('%s is of type %s, multi-valued: %j', (name, type, isMultiValued) => {
    expect(findConditionKey(name)).toMatchObject({ type, isMultiValued });
  });

  it.each([
    '',
    'kms:',
    'kms:Nothing',
    'kms:EncryptionContext',
    'kms:EncryptionContext:',
    'aws:ResourceTag/',
    'aws:ResourceTag',
    'kms:RecipientAttestation:PCR32',
    'kms:RecipientAttestation:PCR00',
    'kms:RecipientAttestation:NitroTPMPCR32',
    '__proto__',
  ])('knows no key %j', (name) => {
    expect(findConditionKey(name)).toBeUndefined();
  });

  it('tells which keys key policies cannot ask for', () => {
    const excluded = listConditionKeys().filter(({ isForKeyPolicies }) => !isForKeyPolicies);
    expect(excluded.map(({ name }) => name).sort()).toEqual(['aws:ResourceTag/', 'kms:ResourceAliases']);
  });

  it('finds every key of the list by its own name, and each once', () => {
    const names = listConditionKeys().map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    for (const key of listConditionKeys()) {
      expect(findConditionKey(/[:/]$/.test(key.name) ? `${key.name}x` : key.name)).toBe(key);
    }
  });
});
