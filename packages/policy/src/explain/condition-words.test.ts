import { describe, expect, it } from 'vitest';
import { parsePolicyDocument } from '../document.ts';
import { wordCondition } from './condition-words.ts';

function word(operator: string, key: string, values: unknown): string {
  const Condition = { [operator]: { [key]: values } };
  const statement = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', Condition };
  const [parsed] = parsePolicyDocument(JSON.stringify({ Statement: statement })).statements;
  const [condition] = parsed?.conditions ?? [];
  return condition === undefined ? 'none' : wordCondition(condition);
}

describe('wordCondition', () => {
  it.each([
    ['StringEquals', 'kms:ViaService', 's3', "kms:ViaService is 's3'"],
    ['StringNotEquals', 'kms:KeySpec', ['a', 'b'], "kms:KeySpec is not 'a' nor 'b'"],
    ['StringEqualsIgnoreCase', 'aws:username', 'x', "aws:username is, whatever its case, 'x'"],
    ['StringLikeIfExists', 'aws:userid', ['a*', 'b*'], "aws:userid is like 'a*' or 'b*', or is absent"],
    ['NumericLessThanEquals', 'kms:RotationPeriodInDays', 365, "kms:RotationPeriodInDays is at most '365'"],
    ['DateLessThanEquals', 'aws:CurrentTime', '2030-01-01', "aws:CurrentTime is not after '2030-01-01'"],
    ['Bool', 'kms:MultiRegion', true, "kms:MultiRegion is 'true'"],
    ['NotIpAddress', 'aws:SourceIp', ['10.0.0.0/8', '::1'], "aws:SourceIp is outside '10.0.0.0/8' nor '::1'"],
    [
      'ForAllValues:StringEquals',
      'kms:GrantOperations',
      ['Encrypt', 'Decrypt'],
      "every value of kms:GrantOperations is 'Encrypt' or 'Decrypt'",
    ],
    ['ForAnyValue:StringLike', 'aws:TagKeys', 'p*', "some value of aws:TagKeys is like 'p*'"],
    ['Null', 'kms:ViaService', true, 'kms:ViaService is absent'],
    ['Null', 'kms:ViaService', ['false'], 'kms:ViaService is present'],
  ])('words %s', (operator, key, values, words) => {
    expect(word(operator, key, values)).toBe(words);
  });
});
