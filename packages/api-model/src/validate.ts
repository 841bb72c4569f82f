import type { Buffer } from 'node:buffer';
import { validation } from './errors/request.ts';
import { type Plan, planOf } from './plan.ts';
import type { DecodedOf, InputOf, ListShape, Members, Shape, StringMapShape, StringShape } from './shape.ts';

/** AWS reports ten errors of a request and no more. */
const maxReported = 10;

// The ways in which a value can break the constraints of its own shape, as bits of one number.
const tooSmall = 1;
const tooLarge = 2;
const notAccepted = 4;
const noMatch = 8;

/**
 * Checks decoded members against their constraints. A correct input costs no allocation; the texts are built in a
 * second walk, over the same `faultsOf`, when the first one found something.
 *
 * @throws AwsError ValidationException that lists up to ten errors. It never shows a blob or a sensitive value.
 */
export function validateInput<M extends Members>(
  members: M,
  input: DecodedOf<M>,
): asserts input is DecodedOf<M> & InputOf<M> {
  const plan = planOf(members);
  if (areValid(plan, input)) return;
  const errors: string[] = [];
  reportMembers(plan, input, '', errors);
  const count = errors.length === 1 ? '1 validation error' : `${errors.length} validation errors`;
  throw validation(`${count} detected: ${errors.join('; ')}`);
}

function areValid(plan: Plan, input: unknown): boolean {
  const values = input as Readonly<Record<string, unknown>>;
  for (const member of plan) {
    const value = values[member.name];
    if (value === undefined ? member.required : !isValid(member.shape, value)) return false;
  }
  return true;
}

function isValid(shape: Shape, value: unknown): boolean {
  if (faultsOf(shape, value) !== 0) return false;
  switch (shape.kind) {
    case 'list':
      return areItemsValid(shape, value);
    case 'stringMap':
      return arePairsValid(shape, value);
    case 'structure':
      return areValid(planOf(shape.members), value);
    case 'string':
    case 'enumeration':
    case 'blob':
    case 'integer':
    case 'flag':
    case 'timestamp':
      return true;
  }
}

function areItemsValid(shape: ListShape, value: unknown): boolean {
  for (const item of value as readonly unknown[]) {
    if (!isValid(shape.member, item)) return false;
  }
  return true;
}

function arePairsValid(shape: StringMapShape, value: unknown): boolean {
  if (!isConstrained(shape.key) && !isConstrained(shape.value)) return true;
  for (const [key, text] of value as ReadonlyMap<string, string>) {
    if (faultsOf(shape.key, key) !== 0 || faultsOf(shape.value, text) !== 0) return false;
  }
  return true;
}

function isConstrained(shape: StringShape): boolean {
  return shape.min > 0 || shape.max !== Infinity || shape.pattern !== undefined;
}

/** What is wrong with the value itself, its members left aside. Values come from the decoder: types hold. */
function faultsOf(shape: Shape, value: unknown): number {
  switch (shape.kind) {
    case 'string':
      return faultsOfText(shape, value as string);
    case 'enumeration':
      return shape.accepted.has(value as string) ? 0 : notAccepted;
    case 'blob':
      return outside((value as Buffer).length, shape.min, shape.max);
    case 'integer':
      return outside(value as number, shape.min, shape.max);
    case 'list':
      return outside((value as readonly unknown[]).length, shape.min, shape.max);
    case 'stringMap':
      return outside((value as ReadonlyMap<string, string>).size, shape.min, shape.max);
    case 'flag':
    case 'timestamp':
    case 'structure':
      return 0;
  }
}

function faultsOfText(shape: StringShape, text: string): number {
  const { min, max, pattern } = shape;
  // Smithy counts code points. UTF-16 units are at least as many and at most twice as many: count when it matters.
  const matters = text.length > max || (min > 1 && text.length < 2 * min);
  const faults = outside(matters ? countCodePoints(text) : text.length, min, max);
  return pattern === undefined || pattern.regex.test(text) ? faults : faults | noMatch;
}

function outside(size: number, min: number, max: number): number {
  return size < min ? tooSmall : size > max ? tooLarge : 0;
}

function countCodePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // The input is well formed, so each low surrogate completes a pair that is already counted.
    if (unit < 0xdc00 || unit > 0xdfff) count++;
  }
  return count;
}

function reportMembers(plan: Plan, input: unknown, parent: string, errors: string[]): void {
  const values = input as Readonly<Record<string, unknown>>;
  for (const { name, path, required, shape } of plan) {
    const value = values[name];
    if (value !== undefined) report(shape, value, parent + path, errors);
    else if (required) addError(errors, 'Value null', parent + path, 'Member must not be null');
  }
}

function report(shape: Shape, value: unknown, path: string, errors: string[]): void {
  if (errors.length === maxReported) return;
  const faults = faultsOf(shape, value);
  if (faults !== 0) {
    const subject = describeValue(shape, value);
    for (const constraint of describeConstraints(shape, faults)) addError(errors, subject, path, constraint);
  }
  if (shape.kind === 'structure') reportMembers(planOf(shape.members), value, `${path}.`, errors);
  if (shape.kind === 'list') {
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      report(shape.member, item, `${path}.${index + 1}.member`, errors);
    }
  }
  if (shape.kind === 'stringMap') {
    for (const [key, text] of value as ReadonlyMap<string, string>) {
      report(shape.key, key, `${path}.${key}`, errors);
      report(shape.value, text, `${path}.${key}.member`, errors);
    }
  }
}

function addError(errors: string[], subject: string, path: string, constraint: string): void {
  if (errors.length === maxReported) return;
  errors.push(`${subject} at '${path}' failed to satisfy constraint: ${constraint}`);
}

/** `Value '...'`, or `Value` alone where AWS leaves the value out: blobs, sensitive text and what may hold them. */
function describeValue(shape: Shape, value: unknown): string {
  if (shape.kind === 'list') {
    const items = value as readonly unknown[];
    return isShown(shape.member) ? `Value '[${items.map(String).join(', ')}]'` : 'Value';
  }
  return isShown(shape) ? `Value '${String(value)}'` : 'Value';
}

function isShown(shape: Shape): boolean {
  if (shape.kind === 'string') return !shape.sensitive;
  return shape.kind === 'enumeration' || shape.kind === 'integer';
}

function describeConstraints(shape: Shape, faults: number): readonly string[] {
  const measure = shape.kind === 'integer' ? 'value' : 'length';
  const texts: string[] = [];
  if ((faults & tooSmall) !== 0 && 'min' in shape) {
    texts.push(`Member must have ${measure} greater than or equal to ${shape.min}`);
  }
  if ((faults & tooLarge) !== 0 && 'max' in shape) {
    texts.push(`Member must have ${measure} less than or equal to ${shape.max}`);
  }
  if (shape.kind === 'enumeration') {
    texts.push(`Member must satisfy enum value set: [${shape.values.join(', ')}]`);
  }
  if ((faults & noMatch) !== 0 && shape.kind === 'string' && shape.pattern !== undefined) {
    texts.push(`Member must satisfy regular expression pattern: ${shape.pattern.source}`);
  }
  return texts;
}
