import type { Buffer } from 'node:buffer';
import { type Plan, planOf } from './plan.ts';
import type { Members, OutputOf, Shape } from './shape.ts';

/**
 * Writes an operation's output as JSON: blobs as Base64, moments as epoch seconds with up to three decimals,
 * Maps as objects; members that are absent or undefined are left out. The text is built directly, because only
 * free text needs escaping. An operation without an output has an empty body and no call of this.
 */
export function encodeOutput<M extends Members>(members: M, output: OutputOf<M>): string {
  return encodeMembers(planOf(members), output);
}

function encodeMembers(plan: Plan, output: unknown): string {
  const values = output as Readonly<Record<string, unknown>>;
  let text = '';
  for (const { name, label, shape } of plan) {
    const value = values[name];
    if (value === undefined) continue;
    text += (text === '' ? '{' : ',') + label + encodeValue(shape, value);
  }
  return text === '' ? '{}' : `${text}}`;
}

function encodeValue(shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case 'string':
    case 'enumeration':
      return JSON.stringify(value);
    case 'blob':
      return `"${(value as Buffer).toString('base64')}"`;
    case 'integer':
    case 'flag':
      return String(value);
    case 'timestamp':
      return String(Math.round(value as number) / 1000);
    case 'list':
      return `[${(value as readonly unknown[]).map((item) => encodeValue(shape.member, item)).join(',')}]`;
    case 'stringMap':
      return encodeStringMap(value as ReadonlyMap<string, string>);
    case 'structure':
      return encodeMembers(planOf(shape.members), value);
  }
}

function encodeStringMap(pairs: ReadonlyMap<string, string>): string {
  const texts: string[] = [];
  for (const [key, value] of pairs) texts.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{${texts.join(',')}}`;
}
