import { arns } from '../cast.ts';
import { asking, conditionCases, plainly, type Asked } from '../condition-case.ts';
import type { DecisionCase } from '../decision-case.ts';

const page = 'IAM JSON policy elements: Condition operators';
const regional = asking('DescribeKey', {}, { 'kms:MultiRegion': 'true' }, { key: { multiRegion: true } });
const single = asking('DescribeKey', {}, { 'kms:MultiRegion': 'false' });

const bool = conditionCases(page, [
  ['Bool true is met by true.', { Bool: { 'kms:MultiRegion': 'true' } }, regional, 'met'],
  ['Bool true is not met by false.', { Bool: { 'kms:MultiRegion': 'true' } }, single, 'not met'],
  ['Bool false is met by false.', { Bool: { 'kms:MultiRegion': 'false' } }, single, 'met'],
  ['A Bool may be written as one.', { Bool: { 'kms:MultiRegion': true } }, regional, 'met'],
  [
    'Bool is not met without the key.',
    { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
    plainly,
    'not met',
  ],
  [
    'BoolIfExists is met without the key.',
    { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } },
    plainly,
    'met',
  ],
]);

const home: Asked = { request: { operation: 'Encrypt' }, values: { 'aws:SourceIp': '127.0.0.1' } };

const ip = conditionCases(page, [
  ['IpAddress is met within its range.', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, home, 'met'],
  [
    'IpAddress is not met outside its range.',
    { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
    home,
    'not met',
  ],
  ['IpAddress without a prefix is one address.', { IpAddress: { 'aws:SourceIp': '127.0.0.1' } }, home, 'met'],
  [
    'IpAddress is met by any of its ranges.',
    { IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '127.0.0.0/30'] } },
    home,
    'met',
  ],
  [
    'A range of the other family does not include the address.',
    { IpAddress: { 'aws:SourceIp': '::/0' } },
    home,
    'not met',
  ],
  [
    'NotIpAddress is met outside its range.',
    { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
    home,
    'met',
  ],
  [
    'NotIpAddress is not met within its range.',
    { NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
    home,
    'not met',
  ],
]);

const name = 'aws:PrincipalArn';

const arn = conditionCases(page, [
  ['ArnEquals is met by the same ARN.', { ArnEquals: { [name]: arns.alice } }, plainly, 'met'],
  [
    'ArnEquals takes wildcards, as ArnLike does.',
    { ArnEquals: { [name]: 'arn:aws:iam::*:user/*' } },
    plainly,
    'met',
  ],
  [
    'ArnLike matches part by part.',
    { ArnLike: { [name]: 'arn:*:iam::111122223333:user/a*' } },
    plainly,
    'met',
  ],
  [
    'A wildcard of ArnLike does not pass a colon.',
    { ArnLike: { [name]: 'arn:*:user/alice' } },
    plainly,
    'not met',
  ],
  [
    'ArnLike is not met by another ARN.',
    { ArnLike: { [name]: 'arn:aws:iam::*:role/*' } },
    plainly,
    'not met',
  ],
  ['ArnNotEquals is met by another ARN.', { ArnNotEquals: { [name]: arns.bob } }, plainly, 'met'],
  [
    'ArnNotLike is not met by an ARN of its pattern.',
    { ArnNotLike: { [name]: 'arn:aws:iam::*:user/*' } },
    plainly,
    'not met',
  ],
  ['A wildcard of StringLike passes colons.', { StringLike: { [name]: 'arn:*:user/alice' } }, plainly, 'met'],
]);

/** Operators on truth, addresses and ARNs. */
export const boolIpArnConditionCases: readonly DecisionCase[] = [...bool, ...ip, ...arn];
