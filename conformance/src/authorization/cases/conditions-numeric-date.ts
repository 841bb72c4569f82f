import { asking, conditionCases, plainly, type Asked } from '../condition-case.ts';
import type { DecisionCase } from '../decision-case.ts';

const page = 'IAM JSON policy elements: Condition operators';
const waiting = 'kms:ScheduleKeyDeletionPendingWindowInDays';
const days = (count: number) =>
  asking('ScheduleKeyDeletion', { PendingWindowInDays: count }, { [waiting]: String(count) });

const numeric = conditionCases(page, [
  ['NumericEquals is met by the same number.', { NumericEquals: { [waiting]: '30' } }, days(30), 'met'],
  ['NumericEquals compares numbers, not texts.', { NumericEquals: { [waiting]: '30.0' } }, days(30), 'met'],
  ['NumericEquals is not met by another number.', { NumericEquals: { [waiting]: '30' } }, days(7), 'not met'],
  ['NumericNotEquals is met by another number.', { NumericNotEquals: { [waiting]: '30' } }, days(7), 'met'],
  [
    'NumericNotEquals is not met by the same number.',
    { NumericNotEquals: { [waiting]: '30' } },
    days(30),
    'not met',
  ],
  ['NumericLessThan is met by less.', { NumericLessThan: { [waiting]: '10' } }, days(9), 'met'],
  [
    'NumericLessThan is not met by the number itself.',
    { NumericLessThan: { [waiting]: '10' } },
    days(10),
    'not met',
  ],
  [
    'NumericLessThanEquals is met by the number itself.',
    { NumericLessThanEquals: { [waiting]: '10' } },
    days(10),
    'met',
  ],
  [
    'NumericLessThanEquals is not met by more.',
    { NumericLessThanEquals: { [waiting]: '9' } },
    days(10),
    'not met',
  ],
  [
    'NumericGreaterThan is met by more, though its text sorts before.',
    { NumericGreaterThan: { [waiting]: '9' } },
    days(10),
    'met',
  ],
  [
    'NumericGreaterThan is not met by the number itself.',
    { NumericGreaterThan: { [waiting]: '9' } },
    days(9),
    'not met',
  ],
  [
    'NumericGreaterThanEquals is met by the number itself.',
    { NumericGreaterThanEquals: { [waiting]: '9' } },
    days(9),
    'met',
  ],
  [
    'NumericGreaterThanEquals is not met by less.',
    { NumericGreaterThanEquals: { [waiting]: '30' } },
    days(29),
    'not met',
  ],
  [
    'A numeric condition is not met without the key.',
    { NumericLessThan: { [waiting]: '30' } },
    plainly,
    'not met',
  ],
  [
    'A numeric IfExists condition is met without the key.',
    { NumericLessThanIfExists: { [waiting]: '30' } },
    plainly,
    'met',
  ],
]);

const past = '2020-01-01T00:00:00Z';
const future = '2099-01-01T00:00:00Z';
const now: Asked = {
  request: { operation: 'Encrypt' },
  values: { 'aws:CurrentTime': '2026-02-03T04:05:06Z', 'aws:EpochTime': '1770091506' },
};

const date = conditionCases(page, [
  ['DateLessThan is met before its date.', { DateLessThan: { 'aws:CurrentTime': future } }, now, 'met'],
  ['DateLessThan is not met after its date.', { DateLessThan: { 'aws:CurrentTime': past } }, now, 'not met'],
  ['DateGreaterThan is met after its date.', { DateGreaterThan: { 'aws:CurrentTime': past } }, now, 'met'],
  [
    'DateGreaterThan is not met before its date.',
    { DateGreaterThan: { 'aws:CurrentTime': future } },
    now,
    'not met',
  ],
  [
    'DateLessThanEquals is met before its date.',
    { DateLessThanEquals: { 'aws:CurrentTime': future } },
    now,
    'met',
  ],
  [
    'DateGreaterThanEquals is not met before its date.',
    { DateGreaterThanEquals: { 'aws:CurrentTime': future } },
    now,
    'not met',
  ],
  ['DateEquals is not met at another time.', { DateEquals: { 'aws:CurrentTime': past } }, now, 'not met'],
  ['DateNotEquals is met at another time.', { DateNotEquals: { 'aws:CurrentTime': past } }, now, 'met'],
  [
    'A date may be written in seconds of the epoch.',
    { DateGreaterThan: { 'aws:CurrentTime': '1577836800' } },
    now,
    'met',
  ],
  [
    'The time of the epoch is compared as a number.',
    { NumericGreaterThan: { 'aws:EpochTime': '1577836800' } },
    now,
    'met',
  ],
  [
    'The time of the epoch is compared as a date.',
    { DateLessThan: { 'aws:EpochTime': past } },
    now,
    'not met',
  ],
]);

/** Operators on numbers and dates. */
export const numericDateConditionCases: readonly DecisionCase[] = [...numeric, ...date];
