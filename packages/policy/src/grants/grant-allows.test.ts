import { describe, expect, it } from 'vitest';
import { grantAllows } from './grant-allows.ts';
import type { Grant, GrantConstraints, GrantRequest } from './grant.ts';

const contextOperations = [
  'CreateGrant',
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];
const otherOperations = [
  'DescribeKey',
  'RetireGrant',
  'GetPublicKey',
  'Sign',
  'Verify',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
];

interface Constraints {
  readonly equals?: Record<string, string>;
  readonly subset?: Record<string, string>;
  readonly sourceArn?: string;
}

function grant({ equals, subset, sourceArn }: Constraints, operations: readonly string[] = []): Grant {
  const constraints: GrantConstraints = {
    encryptionContextEquals: equals && new Map(Object.entries(equals)),
    encryptionContextSubset: subset && new Map(Object.entries(subset)),
    sourceArn,
  };
  return { grantId: 'g', operations: new Set(operations), constraints, grantee: 'principal' };
}

function request(operation: string, context?: Record<string, string>, sourceArn?: string): GrantRequest {
  return { operation, encryptionContext: context && new Map(Object.entries(context)), sourceArn };
}

function encrypts(constraints: Constraints, context?: Record<string, string>): boolean {
  return grantAllows(grant(constraints, ['Encrypt']), request('Encrypt', context));
}

describe('grantAllows', () => {
  it('allows the operations that the grant lists, and no others', () => {
    const some = grant({}, ['Encrypt', 'DescribeKey']);
    expect(grantAllows(some, request('Encrypt'))).toBe(true);
    expect(grantAllows(some, request('DescribeKey'))).toBe(true);
    expect(grantAllows(some, request('Decrypt'))).toBe(false);
    expect(grantAllows(some, request('encrypt'))).toBe(false);
    expect(grantAllows(some, request('GetKeyPolicy'))).toBe(false);
  });

  it('asks EncryptionContextEquals for exactly the same pairs, in any order', () => {
    const equals = { a: '1', b: '2' };
    expect(encrypts({ equals }, { b: '2', a: '1' })).toBe(true);
    expect(encrypts({ equals }, { a: '1' })).toBe(false);
    expect(encrypts({ equals }, { a: '1', b: '2', c: '3' })).toBe(false);
    expect(encrypts({ equals }, { a: '1', b: '3' })).toBe(false);
    expect(encrypts({ equals })).toBe(false);
  });

  it('asks EncryptionContextSubset for all its pairs among others', () => {
    const subset = { a: '1', b: '2' };
    expect(encrypts({ subset }, { a: '1', b: '2' })).toBe(true);
    expect(encrypts({ subset }, { c: '3', b: '2', a: '1' })).toBe(true);
    expect(encrypts({ subset }, { a: '1', c: '2' })).toBe(false);
    expect(encrypts({ subset }, { a: '1', b: '' })).toBe(false);
    expect(encrypts({ subset })).toBe(false);
  });

  it('compares keys of pairs without their case, and values with it', () => {
    expect(encrypts({ equals: { Purpose: 'Test' } }, { pURPOSE: 'Test' })).toBe(true);
    expect(encrypts({ subset: { Purpose: 'Test' } }, { purpose: 'Test', x: 'y' })).toBe(true);
    expect(encrypts({ equals: { Purpose: 'Test' } }, { Purpose: 'test' })).toBe(false);
    expect(encrypts({ subset: { Purpose: 'Test' } }, { Purpose: 'TEST' })).toBe(false);
  });

  it('does not take two pairs that differ in case alone for one', () => {
    const equals = { a: '1', A: '2' };
    expect(encrypts({ equals }, { A: '2', a: '1' })).toBe(true);
    expect(encrypts({ equals }, { a: '1', b: '2' })).toBe(false);
    expect(encrypts({ equals: { a: '1', b: '2' } }, { a: '1', A: '1' })).toBe(false);
  });

  it.each(contextOperations)('applies constraints on the context to %s', (operation) => {
    const constrained = grant({ subset: { a: '1' } }, [operation]);
    expect(grantAllows(constrained, request(operation, { a: '1' }))).toBe(true);
    expect(grantAllows(constrained, request(operation))).toBe(false);
  });

  it.each(otherOperations)('applies no constraint on the context to %s', (operation) => {
    expect(grantAllows(grant({ subset: { a: '1' } }, [operation]), request(operation))).toBe(true);
    expect(grantAllows(grant({ equals: { a: '1' } }, [operation]), request(operation))).toBe(true);
  });

  it('asks SourceArn for the same text', () => {
    const sourced = grant({ sourceArn: 'arn:aws:s3:::b*' }, ['Decrypt', 'DescribeKey']);
    expect(grantAllows(sourced, request('Decrypt', undefined, 'arn:aws:s3:::b*'))).toBe(true);
    expect(grantAllows(sourced, request('Decrypt', undefined, 'arn:aws:s3:::bucket'))).toBe(false);
    expect(grantAllows(sourced, request('Decrypt'))).toBe(false);
    expect(grantAllows(sourced, request('DescribeKey'))).toBe(false);
  });

  it('does not apply SourceArn to RetireGrant', () => {
    const sourced = grant({ sourceArn: 'arn:aws:s3:::bucket' }, ['RetireGrant']);
    expect(grantAllows(sourced, request('RetireGrant'))).toBe(true);
  });

  it('asks for the context and the source ARN where a grant names both', () => {
    const both = grant({ subset: { a: '1' }, sourceArn: 'arn:aws:s3:::b' }, ['Decrypt']);
    expect(grantAllows(both, request('Decrypt', { a: '1' }, 'arn:aws:s3:::b'))).toBe(true);
    expect(grantAllows(both, request('Decrypt', { a: '1' }))).toBe(false);
    expect(grantAllows(both, request('Decrypt', { a: '2' }, 'arn:aws:s3:::b'))).toBe(false);
  });
});
