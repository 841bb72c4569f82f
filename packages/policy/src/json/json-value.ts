/** A number as it was written, because `1.0` and `1` are different texts of a condition value. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Objects are Maps in the order of the text, so that `__proto__` is a member like another. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A JSON value (RFC 8259) that loses nothing but white space and the spelling of its strings. */
export type JsonValue = string | boolean | null | JsonNumber | JsonObject | readonly JsonValue[];

/** Tells a JSON object from every other value. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** Tells a JSON array from every other value. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
