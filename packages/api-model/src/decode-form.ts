import type { AwsError } from './errors.ts';
import { type FormParameter, malformedInput } from './form.ts';
import type { JsonObject } from './json-body.ts';
import { planOf } from './plan.ts';
import type { Members, Shape } from './shape.ts';

/** Parameter names are paths, `Tags.member.1.Key`; what begins alike is one value. */
interface FormNode {
  text: string | undefined;
  readonly parts: Map<string, FormNode>;
}

/** A name has as many parts as the deepest member of any operation, and some to spare. */
const mostParts = 8;

/** More than any list of a Query operation may hold. */
const mostItems = 1000;

/**
 * Turns the parameters of an AWS Query form into the JSON that `decodeInput` takes ("Serializing lists", AWS Query protocol): the
 * items of a list are `<list>.member.<n>`, or flattened `<list>.<n>`, counted from 1 without a gap; an empty list is `<list>=`.
 * Unknown parameters are ignored, as unknown members of JSON are.
 *
 * @throws AwsError MalformedInput for a parameter that is given twice, or whose form or value is not that of its member.
 */
export function decodeForm(members: Members, parameters: readonly FormParameter[]): JsonObject {
  const root: FormNode = { text: undefined, parts: new Map() };
  for (const [name, value] of parameters) {
    if (Object.hasOwn(members, name.split('.', 1)[0] ?? '')) insert(root, name, value);
  }
  return decodeStructure(members, root);
}

function insert(root: FormNode, name: string, value: string): void {
  const parts = name.split('.', mostParts + 1);
  if (parts.length > mostParts) throw malformedInput('The name of a parameter has too many parts.');
  let node = root;
  for (const part of parts) {
    let next = node.parts.get(part);
    if (next === undefined) {
      next = { text: undefined, parts: new Map() };
      node.parts.set(part, next);
    }
    node = next;
  }
  if (node.text !== undefined) throw malformed(name, 'may be given once only');
  node.text = value;
}

function decodeStructure(members: Members, { parts }: FormNode, path = ''): JsonObject {
  const values: Record<string, unknown> = {};
  for (const { name, shape } of planOf(members)) {
    const node = parts.get(name);
    if (node !== undefined) values[name] = decodeNode(shape, node, `${path}${name}`);
  }
  return values;
}

function decodeNode(shape: Shape, node: FormNode, path: string): unknown {
  switch (shape.kind) {
    case 'list':
      return decodeList(shape.member, node, path);
    case 'structure':
      if (node.text) throw malformed(path, 'is a structure');
      return decodeStructure(shape.members, node, `${path}.`);
    case 'stringMap':
      throw new Error(`${path}: no operation takes a map as AWS Query`);
    case 'string':
    case 'enumeration':
    case 'blob':
      return textOf(node, path);
    case 'integer':
      return decodeInteger(textOf(node, path), path);
    case 'flag':
      return decodeFlag(textOf(node, path), path);
    case 'timestamp':
      return decodeTimestamp(textOf(node, path), path);
  }
}

function textOf({ text, parts }: FormNode, path: string): string {
  if (text === undefined || parts.size > 0) throw malformed(path, 'is a single value');
  return text;
}

function decodeList(member: Shape, node: FormNode, path: string): readonly unknown[] {
  const wrapper = node.parts.get('member');
  const items = wrapper?.parts ?? node.parts;
  const isMixed = wrapper !== undefined && (node.parts.size > 1 || wrapper.text !== undefined);
  // Empty is written `<list>=`, which is nothing beside items.
  if (isMixed || (node.text !== undefined && (node.text !== '' || node.parts.size > 0)))
    throw malformed(path, 'is a list');
  if (items.size > mostItems) throw malformed(path, 'has too many items');
  return Array.from({ length: items.size }, (_, index) => {
    const item = items.get(String(index + 1));
    if (item === undefined) throw malformed(path, 'has items that are not numbered 1, 2, 3 and so on');
    return decodeNode(member, item, `${path}.${index + 1}`);
  });
}

function decodeInteger(text: string, path: string): number {
  if (!/^-?(?:0|[1-9]\d{0,9})$/.test(text)) throw malformed(path, 'is a whole number');
  const value = Number(text);
  if ((value | 0) !== value) throw malformed(path, 'is a number of 32 bits');
  return value | 0;
}

function decodeFlag(text: string, path: string): boolean {
  if (text !== 'true' && text !== 'false') throw malformed(path, 'is true or false');
  return text === 'true';
}

/** To epoch seconds, as JSON has them. */
function decodeTimestamp(text: string, path: string): number {
  const isDate = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/.test(text);
  const milliseconds = isDate ? Date.parse(text) : NaN;
  if (Number.isNaN(milliseconds)) throw malformed(path, 'is a date');
  return milliseconds / 1000;
}

function malformed(path: string, rule: string): AwsError {
  return malformedInput(`The parameter ${path.slice(0, 128)} ${rule}.`);
}
