import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import { parsePolicyDocument } from '../document.ts';
import { evaluatePolicy } from '../evaluate.ts';

const principal = { kind: 'root', accountId: '1', arn: 'arn:aws:iam::1:root', principalId: '1' } as const;
const rest = { Principal: '*', Action: '*', Resource: '*' };

type Values = readonly string[] | undefined;

function decide(Effect: string, Condition: unknown, values: Values) {
  const statements = [{ ...rest, Effect, Condition }];
  if (Effect === 'Deny') statements.unshift({ ...rest, Effect: 'Allow', Condition: {} });
  const policy = compilePolicy(
    parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: statements })),
  );
  const conditions = new Map(values === undefined ? [] : [['x:key', values]]);
  return evaluatePolicy(policy, { principal, action: 'kms:Decrypt', resource: 'r', conditions }).effect;
}

/** Whether the condition is met, which an Allow and a Deny must agree on. */
function isMet(operator: string, wanted: unknown, value: string | undefined): boolean {
  const values = value === undefined ? undefined : [value];
  const condition = { [operator]: { 'x:Key': wanted } };
  const allows = decide('Allow', condition, values) === 'Allow';
  expect(decide('Deny', condition, values)).toBe(allows ? 'ExplicitDeny' : 'Allow');
  return allows;
}

describe('A condition on a number', () => {
  it.each([
    ['NumericEquals', 7, '7', true],
    ['NumericEquals', '7', '7.0', true],
    ['NumericEquals', '07', '7', true],
    ['NumericEquals', [1, 7], '7', true],
    ['NumericEquals', 7, '8', false],
    ['NumericEquals', '7e1', '70', true],
    ['NumericNotEquals', 7, '7', false],
    ['NumericNotEquals', 7, '8', true],
    ['NumericNotEquals', 7, undefined, true],
    ['NumericLessThan', 7, '6.9', true],
    ['NumericLessThan', 7, '7', false],
    ['NumericLessThan', 10, '9', true],
    ['NumericLessThan', 7, undefined, false],
    ['NumericLessThanIfExists', 7, undefined, true],
    ['NumericLessThanEquals', 7, '7', true],
    ['NumericLessThanEquals', 7, '8', false],
    ['NumericGreaterThan', 7, '8', true],
    ['NumericGreaterThan', -7, '-8', false],
    ['NumericGreaterThanEquals', 7, '7', true],
    ['NumericGreaterThanEquals', 7, '6', false],
    ['NumericEquals', 7, 'seven', false],
    ['NumericNotEquals', 7, 'seven', true],
    ['NumericEquals', '', '0', false],
    ['NumericEquals', ' 7', '7', false],
    ['NumericEquals', '0x7', '7', false],
    ['NumericEquals', '1e999', '1e999', false],
    ['NumericLessThan', 'Infinity', '7', false],
  ])('%s %j of the value %j is met: %j', (operator, wanted, value, met) => {
    expect(isMet(operator, wanted, value)).toBe(met);
  });
});

describe('A condition on a date', () => {
  it.each([
    ['DateEquals', '2024-02-29T12:00:00Z', '1709208000', true],
    ['DateEquals', '2024-02-29', '2024-02-29T00:00:00Z', true],
    ['DateEquals', '2024-02', '2024-02-01T00:00:00Z', true],
    ['DateEquals', '2024-02-29T12:00Z', '2024-02-29T13:00:00+01:00', true],
    ['DateEquals', '2024-02-29T12:00:00Z', '2024-02-29T09:30:00-0230', true],
    ['DateEquals', '2024-02-29T12:00:00.500Z', '1709208000.5', true],
    ['DateEquals', 1709208000, '2024-02-29T12:00:00Z', true],
    ['DateEquals', '2024-02-29T12:00:00Z', '2024-02-29T12:00:01Z', false],
    ['DateNotEquals', '2024-02-29', '2024-02-29', false],
    ['DateNotEquals', '2024-02-29', '2024-03-01', true],
    ['DateNotEquals', '2024-02-29', undefined, true],
    ['DateLessThan', '2024-02-29T12:00:00Z', '2024-02-29T11:59:59.999Z', true],
    ['DateLessThan', '2024-02-29', '2024-02-29', false],
    ['DateLessThanEquals', '2024-02-29', '2024-02-29', true],
    ['DateGreaterThan', '2024-02-29', '2025-01-01', true],
    ['DateGreaterThan', '2024-02-29', undefined, false],
    ['DateGreaterThanIfExists', '2024-02-29', undefined, true],
    ['DateGreaterThanEquals', '2024-02-29', '2024-02-28T23:59:59Z', false],
    ['DateEquals', '0099-01-01', '0099-01-01', true],
    ['DateGreaterThan', '2023-02-29', '2025-01-01', false],
    ['DateGreaterThan', '2024-02-29T12:00:00', '2025-01-01', false],
    ['DateGreaterThan', '2024-02T12:00:00Z', '2025-01-01', false],
    ['DateGreaterThan', '2024-02-29T24:00:00Z', '2025-01-01', false],
    ['DateGreaterThan', '2024-13-01', '2025-01-01', false],
    ['DateGreaterThan', '2024-00-10', '2025-01-01', false],
    ['DateGreaterThan', '2024-02-29T12:60:00Z', '2025-01-01', false],
    ['DateGreaterThan', '29 Feb 2024', '2025-01-01', false],
    ['DateGreaterThan', '', '2025-01-01', false],
    ['DateLessThan', '2024-02-29', 'yesterday', false],
  ])('%s %j of the value %j is met: %j', (operator, wanted, value, met) => {
    expect(isMet(operator, wanted, value)).toBe(met);
  });

  it('reads every time that JavaScript writes', () => {
    const dates = fc.date({
      min: new Date('0000-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, dates, (wanted, value) => {
        const [a, b] = [wanted.toISOString(), value.toISOString()];
        expect(isMet('DateLessThan', a, b)).toBe(value.getTime() < wanted.getTime());
        expect(isMet('DateEquals', a, b)).toBe(value.getTime() === wanted.getTime());
      }),
    );
  });
});

describe('A condition on a boolean or on bytes', () => {
  it.each([
    ['Bool', true, 'true', true],
    ['Bool', 'True', 'true', true],
    ['Bool', 'false', 'FALSE', true],
    ['Bool', ['true', 'false'], 'false', true],
    ['Bool', 'true', 'false', false],
    ['Bool', 'true', undefined, false],
    ['BoolIfExists', 'true', undefined, true],
    ['Bool', 'yes', 'yes', false],
    ['Bool', '1', 'true', false],
    ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
    ['BinaryEquals', 'AA==', 'AB==', true],
    ['BinaryEquals', 'QmluYXJ5', 'qmluYXJ5', false],
    ['BinaryEquals', 'AA', 'AA', false],
    ['BinaryEquals', 'A===', 'A===', false],
    ['BinaryEquals', '', '', true],
    ['BinaryEquals', 'AA==', undefined, false],
  ])('%s %j of the value %j is met: %j', (operator, wanted, value, met) => {
    expect(isMet(operator, wanted, value)).toBe(met);
  });
});

describe('A condition on an address', () => {
  it.each([
    ['IpAddress', '203.0.113.0/24', '203.0.113.255', true],
    ['IpAddress', '203.0.113.7/24', '203.0.113.255', true],
    ['IpAddress', '203.0.113.0/24', '203.0.114.0', false],
    ['IpAddress', '203.0.113.64/26', '203.0.113.63', false],
    ['IpAddress', '203.0.113.7', '203.0.113.7', true],
    ['IpAddress', '203.0.113.7', '203.0.113.6', false],
    ['IpAddress', '0.0.0.0/0', '255.255.255.255', true],
    ['IpAddress', ['10.0.0.0/8', '2001:db8::/32'], '2001:db8:ffff::1', true],
    ['IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5678:abcd::', true],
    ['IpAddress', '2001:db8:1234:5678::/64', '2001:db8:1234:5679::', false],
    ['IpAddress', '::1', '0:0:0:0:0:0:0:1', true],
    ['IpAddress', '::/0', '203.0.113.7', false],
    ['IpAddress', '0.0.0.0/0', '2001:db8::1', false],
    ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.7', true],
    ['IpAddress', '::ffff:203.0.113.0/120', '203.0.113.7', true],
    ['IpAddress', '203.0.113.0/24', undefined, false],
    ['IpAddressIfExists', '203.0.113.0/24', undefined, true],
    ['NotIpAddress', '203.0.113.0/24', '203.0.113.7', false],
    ['NotIpAddress', '203.0.113.0/24', '203.0.114.7', true],
    ['NotIpAddress', ['203.0.113.0/24', '10.0.0.0/8'], '10.1.2.3', false],
    ['NotIpAddress', '203.0.113.0/24', undefined, true],
    ['NotIpAddress', '203.0.113.0/24', 'elsewhere', true],
    ['IpAddress', '203.0.113.0/33', '203.0.113.0', false],
    ['IpAddress', '203.0.113.0/', '203.0.113.0', false],
    ['IpAddress', '203.0.113.0/024', '203.0.113.0', false],
    ['IpAddress', '203.0.113.0/24/8', '203.0.113.0', false],
    ['IpAddress', '203.0.113', '203.0.113.0', false],
    ['IpAddress', '203.0.113.*', '203.0.113.0', false],
    ['IpAddress', 'fe80::1%eth0', 'fe80::1', false],
    ['IpAddress', '203.0.113.0/24', 'AWS Internal', false],
  ])('%s %j of the value %j is met: %j', (operator, wanted, value, met) => {
    expect(isMet(operator, wanted, value)).toBe(met);
  });

  it('holds for the addresses that share the leading bits, and for no other', () => {
    const number = fc.nat(0xffff_ffff);
    const textOf = (address: number) => [24, 16, 8, 0].map((at) => (address >>> at) & 255).join('.');
    fc.assert(
      fc.property(number, number, fc.nat(32), (network, address, prefix) => {
        const near =
          fc.sample(fc.constantFrom(address, network ^ 1, network ^ (1 << (32 - prefix))), 1)[0] ?? 0;
        const shares = prefix === 0 || network >>> (32 - prefix) === near >>> (32 - prefix);
        expect(isMet('IpAddress', `${textOf(network)}/${prefix}`, textOf(near))).toBe(shares);
      }),
    );
  });
});

describe('A condition on an ARN', () => {
  const topic = 'arn:aws:sns:us-east-1:111122223333:topic:a';
  it.each([
    ['ArnEquals', topic, topic, true],
    ['ArnLike', topic, topic, true],
    ['ArnEquals', 'arn:aws:sns:*:111122223333:*', topic, true],
    ['ArnLike', 'arn:*:sns:us-????-1:*:topic:?', topic, true],
    ['ArnLike', ['arn:aws:s3:::*', topic], topic, true],
    ['ArnLike', 'arn:aws:sns:*:topic:a', topic, false],
    ['ArnLike', 'arn:aws:*:topic:a', topic, false],
    ['ArnLike', 'arn:aws:sns:us-east-1:111122223333:topic', topic, false],
    ['ArnLike', topic.toUpperCase(), topic, false],
    ['ArnLike', '*', topic, false],
    ['ArnLike', '*:*:*:*:*:*', topic, true],
    ['ArnLike', '*:*:*:*:*:*', 'not an ARN', false],
    ['ArnEquals', topic, undefined, false],
    ['ArnEqualsIfExists', topic, undefined, true],
    ['ArnNotEquals', topic, topic, false],
    ['ArnNotLike', 'arn:aws:sns:*:*:*', topic, false],
    ['ArnNotLike', 'arn:aws:sqs:*:*:*', topic, true],
    ['ArnNotEquals', topic, undefined, true],
    ['ArnNotLike', topic, 'not an ARN', true],
  ])('%s %j of the value %j is met: %j', (operator, wanted, value, met) => {
    expect(isMet(operator, wanted, value)).toBe(met);
  });
});

describe('A value that cannot be read', () => {
  it.each([
    ['NumericNotEquals', 'seven', '7'],
    ['DateNotEquals', 'tomorrow', '2024-01-01'],
    ['NotIpAddress', '203.0.113.0/33', '10.0.0.1'],
    ['NotIpAddress', ['10.0.0.0/8', '203.0.113.0/33'], '192.0.2.1'],
  ])('of %s %j helps nobody: an Allow is not met, a Deny is', (operator, wanted, value) => {
    const condition = { [operator]: { 'x:key': wanted } };
    expect(decide('Allow', condition, [value])).toBe('ImplicitDeny');
    expect(decide('Deny', condition, [value])).toBe('ExplicitDeny');
  });
});

describe('A negated operator', () => {
  it.each([
    ['NumericEquals', 'NumericNotEquals', ['7', '8', '7.0']],
    ['DateEquals', 'DateNotEquals', ['2024-01-01', '2024-01-01T00:00:00Z', '0']],
    ['IpAddress', 'NotIpAddress', ['10.0.0.0/8', '10.1.2.3', '::1', '::ffff:10.1.2.3']],
    ['ArnLike', 'ArnNotLike', ['arn:aws:iam::1:root', 'arn:*:iam::1:*', '*:*:*:*:*:*', 'x']],
    ['ArnEquals', 'ArnNotEquals', ['arn:aws:iam::1:root', 'arn:*:iam::1:*', '*:*:*:*:*:*']],
    ['StringLike', 'StringNotLike', ['a', 'a*', '?']],
  ])('is the opposite of %s for every value that is there', (plain, negated, texts) => {
    const text = fc.constantFrom(...texts);
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), text, (wanted, value) => {
        expect(isMet(plain, wanted, value)).toBe(!isMet(negated, wanted, value));
      }),
    );
  });
});
