import { listConditionKeys } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import { conditionRows } from './condition-values.ts';

/** Keys that no request here has a value for. */
const absent: readonly RegExp[] = [
  // There are no VPCs and no instances.
  /^aws:(?:SourceVpc|SourceVpce|SourceVpcArn|VpcSourceIp|Vpce.*|Ec2Instance.*)$/,
  // There are no organizations: control policies are an account's.
  /^aws:(?:Principal|Resource|Source)Org(?:ID|Paths)$/,
  // No session comes from an identity provider, from a chat or from a central administrator.
  /^aws:(?:FederatedProvider|ChatbotSourceArn|AssumedRoot)$/,
  // Nobody can prove a second factor.
  /^aws:MultiFactorAuthAge$/,
];

const rowOf = (name: string) =>
  conditionRows.find((row) =>
    /[:/]$/.test(row.name) ? name.startsWith(row.name) : row.name.toLowerCase() === name.toLowerCase(),
  );

describe('Every documented condition key', () => {
  it.each(listConditionKeys().map((key) => [key.name, key] as const))('%s has a source', (name, key) => {
    const row = rowOf(name);
    expect(row === undefined).toBe(absent.some((pattern) => pattern.test(name)));
    if (row !== undefined) expect(row.isForIamOnly === true).toBe(!key.isForKeyPolicies);
  });
});

describe('Every source of values', () => {
  it.each(conditionRows.map(({ name }) => [name]))('%s is that of a documented key', (name) => {
    const documented = listConditionKeys().map((key) => key.name.toLowerCase());
    expect(documented.some((key) => key.startsWith(name.toLowerCase()))).toBe(true);
  });

  it('is the only one of its key', () => {
    const names = conditionRows.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });
});
