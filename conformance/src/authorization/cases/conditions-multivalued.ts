import { arns } from '../cast.ts';
import { asking, conditionCases, encrypting, plainly } from '../condition-case.ts';
import type { DecisionCase } from '../decision-case.ts';

const keys = 'kms:EncryptionContextKeys';
const operations = 'kms:GrantOperations';
const granting = (...Operations: string[]) =>
  asking('CreateGrant', { GranteePrincipal: arns.bob, Operations }, { [operations]: Operations });

/** Set operators on keys that have several values. */
export const multivaluedConditionCases: readonly DecisionCase[] = conditionCases(
  'Set operators for multivalued context keys',
  [
    [
      'ForAllValues is met where each value is listed.',
      { 'ForAllValues:StringEquals': { [keys]: ['A', 'B', 'C'] } },
      encrypting({ A: '1', B: '2' }),
      'met',
    ],
    [
      'ForAllValues is not met where one value is not listed.',
      { 'ForAllValues:StringEquals': { [keys]: ['A', 'B', 'C'] } },
      encrypting({ A: '1', D: '2' }),
      'not met',
    ],
    [
      'ForAllValues is met without the key.',
      { 'ForAllValues:StringEquals': { [keys]: ['A', 'B', 'C'] } },
      plainly,
      'met',
    ],
    [
      'Null beside ForAllValues asks for the key.',
      { 'ForAllValues:StringEquals': { [keys]: ['A'] }, Null: { [keys]: 'false' } },
      plainly,
      'not met',
    ],
    [
      'ForAllValues is met by each value beside Null.',
      { 'ForAllValues:StringEquals': { [keys]: ['A'] }, Null: { [keys]: 'false' } },
      encrypting({ A: '1' }),
      'met',
    ],
    [
      'ForAnyValue is met where one value is listed.',
      { 'ForAnyValue:StringEquals': { [keys]: ['A', 'B', 'C'] } },
      encrypting({ A: '1', D: '2' }),
      'met',
    ],
    [
      'ForAnyValue is not met where no value is listed.',
      { 'ForAnyValue:StringEquals': { [keys]: ['A', 'B', 'C'] } },
      encrypting({ D: '1', E: '2' }),
      'not met',
    ],
    [
      'ForAnyValue is not met without the key.',
      { 'ForAnyValue:StringEquals': { [keys]: ['A', 'B', 'C'] } },
      plainly,
      'not met',
    ],
    [
      'ForAnyValue with a pattern is met by one value.',
      { 'ForAnyValue:StringLike': { [keys]: 'Pu*' } },
      encrypting({ Purpose: 'x', Stage: 'y' }),
      'met',
    ],
    [
      'ForAllValues with a pattern is not met by one other value.',
      { 'ForAllValues:StringLike': { [keys]: 'Pu*' } },
      encrypting({ Purpose: 'x', Stage: 'y' }),
      'not met',
    ],
    [
      'ForAnyValue with a negation is met where one value is not listed.',
      { 'ForAnyValue:StringNotEquals': { [keys]: 'A' } },
      encrypting({ A: '1', B: '2' }),
      'met',
    ],
    [
      'ForAllValues with a negation is not met where one value is listed.',
      { 'ForAllValues:StringNotEquals': { [keys]: 'A' } },
      encrypting({ A: '1', B: '2' }),
      'not met',
    ],
    [
      'Values of a set heed case.',
      { 'ForAnyValue:StringEquals': { [keys]: 'PURPOSE' } },
      encrypting({ Purpose: 'x', Stage: 'y' }),
      'not met',
    ],
    [
      'ForAllValues limits the operations of a new grant.',
      { 'ForAllValues:StringEquals': { [operations]: ['Encrypt', 'Decrypt'] } },
      granting('Decrypt'),
      'met',
    ],
    [
      'ForAllValues refuses a new grant of one more operation.',
      { 'ForAllValues:StringEquals': { [operations]: ['Encrypt', 'Decrypt'] } },
      granting('Decrypt', 'RetireGrant'),
      'not met',
    ],
  ],
);
