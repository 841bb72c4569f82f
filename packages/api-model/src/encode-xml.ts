import type { Buffer } from 'node:buffer';
import { planOf } from './plan.ts';
import type { Members, OutputOf, Shape } from './shape.ts';

/**
 * Writes an operation's output as the XML of the AWS Query protocol: an element for each member, `<member>` for the items of a
 * list, moments as ISO 8601 to the second. Members that are absent or undefined are left out.
 */
export function encodeXml<M extends Members>(members: M, output: OutputOf<M>): string {
  return encodeMembers(members, output);
}

function encodeMembers(members: Members, output: unknown): string {
  const values = output as Readonly<Record<string, unknown>>;
  let text = '';
  for (const { name, shape } of planOf(members)) {
    const value = values[name];
    if (value !== undefined) text += `<${name}>${encodeValue(shape, value)}</${name}>`;
  }
  return text;
}

function encodeValue(shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case 'string':
    case 'enumeration':
      return escapeXml(value as string);
    case 'blob':
      return (value as Buffer).toString('base64');
    case 'integer':
    case 'flag':
      return String(value);
    case 'timestamp':
      return `${new Date(value as number).toISOString().slice(0, 19)}Z`;
    case 'list':
      return (value as readonly unknown[])
        .map((item) => `<member>${encodeValue(shape.member, item)}</member>`)
        .join('');
    case 'stringMap':
      return encodeStringMap(value as ReadonlyMap<string, string>);
    case 'structure':
      return encodeMembers(shape.members, value);
  }
}

function encodeStringMap(pairs: ReadonlyMap<string, string>): string {
  let text = '';
  for (const [key, value] of pairs)
    text += `<entry><key>${escapeXml(key)}</key><value>${escapeXml(value)}</value></entry>`;
  return text;
}

const xmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Characters that XML 1.0 cannot hold at all are replaced, as a reader would refuse the whole reply. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => xmlEscapes[character] ?? character)
    .replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
