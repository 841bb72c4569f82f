import type { ConditionValues } from '../conditions/condition-values.ts';
import type { PolicyVersion } from '../document.ts';
import type { GlobPattern } from '../glob/glob-pattern.ts';
import { parseVariable, type Variable } from './variable.ts';

/** A text of a policy: as it stands, or in parts of which some are known only with the request. */
export type Template =
  | { readonly kind: 'fixed'; readonly pattern: GlobPattern }
  | { readonly kind: 'variable'; readonly parts: readonly TemplatePart[] };

type TemplatePart =
  /** Text of the policy, in which `*` and `?` are wildcards. */
  | { readonly kind: 'text'; readonly text: string }
  /** Text that stands for itself. */
  | { readonly kind: 'literal'; readonly text: string }
  | Variable;

/**
 * Reads the variables of a text; in the older language `${` is plain text ("Policy variables", IAM JSON policy elements
 * reference). What begins as a variable and is none has no value, ever: the text then matches nothing.
 */
export function parseTemplate(text: string, version: PolicyVersion): Template {
  if (version !== '2012-10-17' || !text.includes('${')) {
    return { kind: 'fixed', pattern: { text, escaped: undefined } };
  }
  return { kind: 'variable', parts: parseParts(text) };
}

function parseParts(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  for (let open = text.indexOf('${'); open !== -1; open = text.indexOf('${', from)) {
    if (open > from) parts.push({ kind: 'text', text: text.slice(from, open) });
    const close = text.indexOf('}', open);
    const end = close === -1 ? text.length : close;
    parts.push(
      close === -1
        ? { kind: 'variable', key: undefined, fallback: undefined }
        : parsePart(text.slice(open + 2, end)),
    );
    from = end + 1;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

/** `${*}`, `${?}` and `${$}` write characters that would mean something else. */
function parsePart(inner: string): TemplatePart {
  return inner === '*' || inner === '?' || inner === '$'
    ? { kind: 'literal', text: inner }
    : parseVariable(inner);
}

/** What a policy compares is names, which are no longer than ARNs. */
const mostFromRequest = 2048;

/**
 * The text with the request's values in place of the variables. Undefined where one has no value and no default, and where the
 * values have more than 2,048 characters together: a short policy must not make much work of a long value.
 *
 * What was put in is no pattern: a wildcard in it stands for itself, so that nobody widens a policy by the name of a tag.
 */
export function resolveTemplate(template: Template, values: ConditionValues): GlobPattern | undefined {
  if (template.kind === 'fixed') return template.pattern;
  let text = '';
  let fromRequest = 0;
  const escaped = new Set<number>();
  for (const part of template.parts) {
    const value = part.kind === 'variable' ? findValue(part, values) : part.text;
    if (value === undefined) return undefined;
    if (part.kind === 'variable') fromRequest += value.length;
    if (fromRequest > mostFromRequest) return undefined;
    if (part.kind !== 'text') {
      for (const { index } of value.matchAll(/[*?]/g)) escaped.add(text.length + index);
    }
    text += value;
  }
  return { text, escaped: escaped.size === 0 ? undefined : escaped };
}

function findValue({ key, fallback }: Variable, values: ConditionValues): string | undefined {
  const found = key === undefined ? undefined : values.get(key);
  return found?.length === 1 ? found[0] : fallback;
}
