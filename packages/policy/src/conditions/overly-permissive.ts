import type { Condition } from '../elements/condition.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { findConditionKey } from './condition-keys.ts';

const sentence = 'Using the ForAllValues set operator with a single-valued condition key';

/**
 * Refuses ForAllValues on a key that has one value: a request without the key would meet the condition ("AWS KMS condition
 * keys", KMS Developer Guide). It goes for KMS's own keys and for tags. Throws PolicySyntaxError with AWS's text.
 */
export function requireNoOverlyPermissiveCondition(conditions: readonly Condition[]): void {
  for (const { operator, key } of conditions) {
    if (operator.setOperator !== 'ForAllValues') continue;
    const known = findConditionKey(key);
    if (known === undefined || known.isMultiValued) continue;
    const message = describe(known.name);
    if (message !== undefined) throw new PolicySyntaxError(message);
  }
}

/** What is said of a key of that name; undefined: nothing. AWS documents the texts of the encryption context and of tags. */
function describe(name: string): string | undefined {
  if (name === 'kms:EncryptionContext:') return overlyPermissive(':EncryptionContext', 'encryption context');
  if (/^aws:.*Tag\/$/.test(name)) return overlyPermissive('', 'tag');
  return name.startsWith('kms:') ? overlyPermissive('', 'key') : undefined;
}

function overlyPermissive(part: string, what: string): string {
  return (
    `OverlyPermissiveCondition${part}: ${sentence} matches requests without the specified ${what} ` +
    `or with an unspecified ${what}. To fix, remove ForAllValues.`
  );
}
