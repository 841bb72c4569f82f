import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { compileConditions } from '../conditions/compile-conditions.ts';
import { findConditionOperator } from '../elements/condition-operator.ts';
import type { FuzzTarget } from './fuzz-target.test-support.ts';
import { conditionKeys, operators, requestValues, valueTexts } from './policy-arbitraries.test-support.ts';

const wantedValues = fc.array(valueTexts, { minLength: 1, maxLength: 3 });

/** Of conditions with any operator and any values. */
export const conditionTargets: readonly FuzzTarget[] = [
  {
    name: 'conditions: what an Allow takes as met, a Deny takes as met too',
    property: () =>
      fc.property(operators, conditionKeys, wantedValues, requestValues, (text, key, values, request) => {
        const operator = findConditionOperator(text);
        if (operator === undefined) return;
        const [allow, deny] = (['Allow', 'Deny'] as const).map((effect) =>
          compileConditions([{ operator, key, values }], effect, '2012-10-17').every((condition) =>
            condition.isMet(request),
          ),
        );
        equal(allow === true && deny === false, false);
        // They differ only where a negated operator has a value that cannot be compared.
        if (!operator.name.includes('Not')) equal(allow, deny);
      }),
  },
];
