import type { JsonObject } from '../json/json-value.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';

/** Refuses members that the grammar does not name. `where` is the subject of the message: 'Statement 2'. */
export function requireKnownMembers(object: JsonObject, known: ReadonlySet<string>, where: string): void {
  for (const name of object.keys()) {
    if (!known.has(name)) {
      throw new PolicySyntaxError(`${where} may contain only these members: ${[...known].join(', ')}.`);
    }
  }
}

/** Of an element and its inversion at most one may stand: returns its name, or undefined when neither does. */
export function findOneOf<Name extends string>(
  object: JsonObject,
  names: readonly [Name, Name],
  where: string,
): Name | undefined {
  const present = names.filter((name) => object.has(name));
  if (present.length > 1) throw new PolicySyntaxError(`${where} has both ${names[0]} and ${names[1]}.`);
  return present[0];
}

/** An optional string member. */
export function findString(object: JsonObject, name: string, where: string): string | undefined {
  const value = object.get(name);
  if (value === undefined || typeof value === 'string') return value;
  throw new PolicySyntaxError(`${where}: ${name} must be a string.`);
}
