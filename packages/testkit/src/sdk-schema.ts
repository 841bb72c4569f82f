import * as sdk from '@aws-sdk/client-kms';
import type { Members, Shape } from '@keyhaven/api-model';

/** What the AWS SDK and we say about a shape, in one notation: limits and the names of shapes are left out. */
export type Notation =
  string | { readonly list: Notation } | { readonly members: Readonly<Record<string, Notation>> };

/** What an operation takes and answers; `output` is undefined where AWS answers with an empty body. */
export interface OperationNotation {
  readonly input: Notation;
  readonly output: Notation | undefined;
}

// The SDK's schemas are arrays: simple [0, ns, name, traits, type], list [1, ..., member], map [2, ...],
// structure [3, ns, name, traits, names, members, count of required members, which come first], operation
// [9, ns, name, traits, input, output]. A member is a type number, a schema, a function that returns one, or a pair of
// one of these and traits. Trait 8 is "sensitive".
const simpleTypes = new Map([
  [0, 'string'],
  [1, 'integer'],
  [2, 'flag'],
  [4, 'timestamp'],
  [21, 'blob'],
]);
const sensitiveTrait = 8;
const operationKind = 9;

const exported = new Map<string, unknown>(Object.entries(sdk));

/** The name of every KMS operation that the SDK has. */
export function listSdkOperations(): readonly string[] {
  const suffix = 'Command';
  const commands = [...exported.keys()].filter((name) => /^[A-Z]\w*Command$/.test(name));
  return commands.map((name) => name.slice(0, -suffix.length));
}

/** The operation as the SDK's schema has it. Throws when the SDK has no such operation. */
export function readSdkOperation(name: string): OperationNotation {
  const schema = exported.get(`${name}$`);
  if (!Array.isArray(schema) || schema[0] !== operationKind)
    throw new Error(`the SDK has no operation ${name}`);
  const [input, output] = schema.slice(4) as readonly unknown[];
  return { input: readSdkShape(input), output: isUnit(output) ? undefined : readSdkShape(output) };
}

/** The values of an enumeration of the SDK, such as `KeyUsageType`. Throws when the SDK has none of that name. */
export function readSdkEnumeration(name: string): readonly string[] {
  const values = exported.get(name);
  if (typeof values !== 'object' || values === null) throw new Error(`the SDK has no enumeration ${name}`);
  return Object.values(values as Readonly<Record<string, string>>);
}

function isUnit(reference: unknown): boolean {
  return typeof reference === 'function' ? isUnit((reference as () => unknown)()) : reference === 'unit';
}

/** Reads a schema of the SDK, such as its export `TagResourceRequest$`. */
export function readSdkShape(reference: unknown): Notation {
  if (typeof reference === 'function') return readSdkShape((reference as () => unknown)());
  if (typeof reference === 'number') return readSdkType(reference);
  if (!Array.isArray(reference)) throw new Error('not a schema');
  const schema = reference as readonly unknown[];
  if (schema.length === 2) return readSdkShape(schema[0]);
  const traits = schema[3];
  const sensitive = typeof traits === 'number' && (traits & sensitiveTrait) !== 0 ? 'sensitive ' : '';
  if (schema[0] === 0) return `${sensitive}${JSON.stringify(readSdkShape(schema[4])).replaceAll('"', '')}`;
  if (schema[0] === 1) return { list: readSdkShape(schema[4]) };
  if (schema[0] === 3) return { members: readSdkMembers(schema) };
  throw new Error(`a schema of kind ${String(schema[0])}`);
}

function readSdkType(type: number): Notation {
  if (type >= 128) return 'stringMap';
  if (type >= 64) return { list: readSdkType(type - 64) };
  const name = simpleTypes.get(type);
  if (name === undefined) throw new Error(`a type ${type}`);
  return name;
}

function readSdkMembers(schema: readonly unknown[]): Readonly<Record<string, Notation>> {
  const names = schema[4] as readonly string[];
  const types = schema[5] as readonly unknown[];
  const requiredCount = typeof schema[6] === 'number' ? schema[6] : 0;
  return Object.fromEntries(
    names.map((name, index) => [index < requiredCount ? `${name}*` : name, readSdkShape(types[index])]),
  );
}

/** Reads a shape of ours. */
export function readShape(shape: Shape): Notation {
  switch (shape.kind) {
    case 'string':
    case 'blob':
      return shape.sensitive ? `sensitive ${shape.kind}` : shape.kind;
    case 'enumeration':
      return 'string';
    case 'list':
      return { list: readShape(shape.member) };
    case 'structure':
      return { members: readMembers(shape.members) };
    case 'integer':
    case 'flag':
    case 'timestamp':
    case 'stringMap':
      return shape.kind;
  }
}

/** Reads members of ours; a required one has `*` after its name. */
export function readMembers(members: Members): Readonly<Record<string, Notation>> {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) =>
      member.kind === 'required' ? [`${name}*`, readShape(member.shape)] : [name, readShape(member)],
    ),
  );
}
