import { describe, expect, it } from 'vitest';
import { ArnSyntaxError, findArn, isArn, parseArn } from './arn.ts';

describe('parseArn', () => {
  it('takes a key ARN apart', () => {
    expect(parseArn('arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1')).toEqual({
      partition: 'aws-cn',
      service: 'kms',
      region: 'cn-north-1',
      accountId: '111122223333',
      resource: 'key/mrk-1',
    });
  });

  it('leaves colons in the resource', () => {
    expect(parseArn('arn:aws:logs:us-east-1:111122223333:log-group:x:*').resource).toBe('log-group:x:*');
  });

  it('accepts an ARN without Region and account, and one of AWS itself', () => {
    expect(isArn('arn:aws:s3:::bucket')).toBe(true);
    expect(isArn('arn:aws:iam::aws:policy/ReadOnlyAccess')).toBe(true);
  });

  it.each([
    '',
    'arn',
    'arn:aws:kms:us-east-1:111122223333',
    'arn:aws:kms:us-east-1:111122223333:',
    'ARN:aws:kms:us-east-1:111122223333:key/x',
    'arn::kms:us-east-1:111122223333:key/x',
    'arn:awsx:kms:us-east-1:111122223333:key/x',
    'arn:aws-:kms:us-east-1:111122223333:key/x',
    'arn:aws::us-east-1:111122223333:key/x',
    'arn:aws:k*:us-east-1:111122223333:key/x',
    'arn:aws:kms:*:111122223333:key/x',
    'arn:aws:kms:us-east-1:*:key/x',
    'arn:aws:kms:us-east-1:1111:key/x',
    'arn:aws:kms:us-east-1:111122223333:key/x y',
    'arn:aws:kms:us-east-1:111122223333:key/x\n',
    ' arn:aws:kms:us-east-1:111122223333:key/x',
    `arn:aws:s3:::${'a'.repeat(2036)}`,
  ])('refuses %j', (text) => {
    expect(() => parseArn(text)).toThrow(ArnSyntaxError);
    expect([isArn(text), findArn(text)]).toEqual([false, undefined]);
  });
});
