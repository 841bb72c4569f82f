import type { Buffer } from 'node:buffer';
import { findBase64 } from './base64.ts';
import { type AwsError } from './errors.ts';
import { serialization } from './errors/request.ts';
import type { JsonObject } from './json-body.ts';
import { type Plan, planOf } from './plan.ts';
import type { DecodedOf, Members, Shape } from './shape.ts';

/**
 * Turns the JSON of a request into the typed, not yet validated members of an operation. `null` is the same as
 * absent, unknown members are ignored, and only own members count.
 *
 * Every declared member is a property of the result, undefined when absent, always in declared order: all inputs
 * of one operation share one hidden class, so the stages that read them stay monomorphic.
 *
 * @throws AwsError SerializationException when a member has the wrong JSON type.
 */
export function decodeInput<M extends Members>(members: M, json: JsonObject): DecodedOf<M> {
  const decoded: unknown = decodeMembers(planOf(members), json);
  return decoded as DecodedOf<M>;
}

function decodeMembers(plan: Plan, json: JsonObject): JsonObject {
  const values: Record<string, unknown> = {};
  for (const { name, shape } of plan) {
    const value = json[name];
    const absent = value === undefined || value === null || !Object.hasOwn(json, name);
    values[name] = absent ? undefined : decodeValue(shape, value);
  }
  return values;
}

function decodeValue(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'string':
    case 'enumeration':
      return decodeString(value);
    case 'blob':
      return decodeBlob(value);
    case 'integer':
      return decodeInteger(value);
    case 'flag':
      if (typeof value !== 'boolean') throw notConvertible(value, 'a Boolean');
      return value;
    case 'timestamp':
      return decodeTimestamp(value);
    case 'list':
      return decodeList(shape.member, value);
    case 'stringMap':
      return decodeStringMap(value);
    case 'structure':
      return decodeMembers(planOf(shape.members), expectObject(value, 'Expected null'));
  }
}

function decodeString(value: unknown): string {
  if (typeof value === 'string') return value;
  throw notText(value, 'a String');
}

function decodeBlob(value: unknown): Buffer {
  if (typeof value !== 'string') throw notText(value, 'a Blob');
  const bytes = findBase64(value);
  if (bytes === undefined) throw serialization('Unable to decode Base64');
  return bytes;
}

/** Epoch milliseconds that a Date has: 100,000,000 days on either side of 1970. */
function decodeTimestamp(value: unknown): number {
  const ms = typeof value === 'number' ? Math.round(value * 1000) : NaN;
  if (Number.isNaN(new Date(ms).getTime())) throw notConvertible(value, 'a Date');
  return ms;
}

function decodeInteger(value: unknown): number {
  if (typeof value !== 'number' || (value | 0) !== value) throw notConvertible(value, 'an Integer');
  return value | 0;
}

function decodeList(member: Shape, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw serialization(typeof value === 'object' ? startOfStructure : 'Expected list or null');
  }
  return value.map((item: unknown) => decodeValue(member, item));
}

function decodeStringMap(value: unknown): ReadonlyMap<string, string> {
  const json = expectObject(value, 'Expected map or null');
  const pairs = new Map<string, string>();
  for (const key of Object.keys(json)) pairs.set(key, decodeString(json[key]));
  return pairs;
}

function expectObject(value: unknown, otherwise: string): JsonObject {
  if (Array.isArray(value)) throw serialization(startOfList);
  if (typeof value !== 'object' || value === null) throw serialization(otherwise);
  return value as JsonObject;
}

// The texts are those of the framework behind AWS JSON 1.1 services; they name its Java types.
const startOfList = 'Start of list found where not expected';
const startOfStructure = 'Start of structure or map found where not expected.';

/** The refusal of a value where text is expected: named after the JSON token. */
function notText(value: unknown, target: string): AwsError {
  const nested = describeNested(value);
  if (nested !== undefined) return serialization(nested);
  const token = typeof value === 'number' ? 'NUMBER' : String(value).toUpperCase();
  return serialization(`${token}_VALUE can not be converted to ${target}`);
}

/** The refusal of a value where a number or a flag is expected: named after the Java class. */
function notConvertible(value: unknown, target: string): AwsError {
  const nested = describeNested(value);
  if (nested !== undefined) return serialization(nested);
  if (value === null) return serialization(`NULL_VALUE can not be converted to ${target}`);
  return serialization(`class java.lang.${javaClass(value)} can not be converted to ${target}`);
}

function describeNested(value: unknown): string | undefined {
  if (Array.isArray(value)) return startOfList;
  return typeof value === 'object' && value !== null ? startOfStructure : undefined;
}

function javaClass(value: unknown): string {
  if (typeof value === 'string') return 'String';
  if (typeof value === 'boolean') return 'Boolean';
  if (!Number.isInteger(value)) return 'Double';
  return (Number(value) | 0) === value ? 'Integer' : 'Long';
}
