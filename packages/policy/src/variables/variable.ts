import { findConditionKey } from '../conditions/condition-keys.ts';

/** `${key}` or `${key, 'default'}`. */
export interface Variable {
  readonly kind: 'variable';
  /** In lower case; undefined for what cannot be a variable. */
  readonly key: string | undefined;
  readonly fallback: string | undefined;
}

const noVariable: Variable = { kind: 'variable', key: undefined, fallback: undefined };

/** What stands between `${` and `}`. A multi-valued key is no variable ("Policy variables", IAM JSON policy elements reference). */
export function parseVariable(inner: string): Variable {
  const comma = inner.indexOf(',');
  const key = (comma === -1 ? inner : inner.slice(0, comma)).trim().toLowerCase();
  if (key === '' || findConditionKey(key)?.isMultiValued === true) return noVariable;
  if (comma === -1) return { kind: 'variable', key, fallback: undefined };
  const fallback = findQuoted(inner.slice(comma + 1).trim());
  return fallback === undefined ? noVariable : { kind: 'variable', key, fallback };
}

function findQuoted(text: string): string | undefined {
  const inner = text.slice(1, -1);
  return text.length >= 2 && text.startsWith("'") && text.endsWith("'") && !inner.includes("'")
    ? inner
    : undefined;
}
