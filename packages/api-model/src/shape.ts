import type { Buffer } from 'node:buffer';

/**
 * Shapes as data. A shape describes one type of the KMS API: what may be on the wire, and which values satisfy
 * its constraints. Decoding, validation and encoding are three walks over the same data, so they cannot disagree.
 *
 * Each shape carries two TypeScript types that exist at compile time only: the value that satisfies its
 * constraints, and the value as decoded, before validation (an enumeration is any string, a required member may
 * be missing).
 */
declare const valid: unique symbol;
declare const decoded: unique symbol;

interface Typed<Valid, Decoded = Valid> {
  readonly [valid]?: Valid;
  readonly [decoded]?: Decoded;
}

/** A regular expression: `source` is AWS's text, as error messages show it; `regex` matches the whole value. */
export interface Pattern {
  readonly source: string;
  readonly regex: RegExp;
}

/** Text; `min` and `max` count code points. */
export interface StringShape extends Typed<string> {
  readonly kind: 'string';
  readonly min: number;
  readonly max: number;
  readonly pattern: Pattern | undefined;
  readonly sensitive: boolean;
}

/** One of a fixed set of texts. */
export interface EnumerationShape<T extends string = string> extends Typed<T, string> {
  readonly kind: 'enumeration';
  readonly values: readonly T[];
  readonly accepted: ReadonlySet<string>;
}

/** Bytes; Base64 on the wire, a Buffer in the code. `min` and `max` count bytes. */
export interface BlobShape extends Typed<Buffer> {
  readonly kind: 'blob';
  readonly min: number;
  readonly max: number;
  readonly sensitive: boolean;
}

/** A whole number within 32 bits. */
export interface IntegerShape extends Typed<number> {
  readonly kind: 'integer';
  readonly min: number;
  readonly max: number;
}

/** `true` or `false`. */
export interface FlagShape extends Typed<boolean> {
  readonly kind: 'flag';
}

/** A moment: epoch seconds on the wire, epoch milliseconds in the code. */
export interface TimestampShape extends Typed<number> {
  readonly kind: 'timestamp';
}

/** A list of values of one shape; `min` and `max` count its items. */
export interface ListShape<S extends Shape = Shape> extends Typed<
  readonly ValueOf<S>[],
  readonly DecodedValueOf<S>[]
> {
  readonly kind: 'list';
  readonly member: S;
  readonly min: number;
  readonly max: number;
}

/** Text to text, as a Map, so that `__proto__` is a key like another; `min` and `max` count its pairs. */
export interface StringMapShape extends Typed<ReadonlyMap<string, string>> {
  readonly kind: 'stringMap';
  readonly key: StringShape;
  readonly value: StringShape;
  readonly min: number;
  readonly max: number;
}

/** Named members, whatever they are. */
export interface AnyStructureShape extends Typed<unknown> {
  readonly kind: 'structure';
  readonly members: Members;
}

/** Named members. */
export interface StructureShape<M extends Members> extends AnyStructureShape {
  readonly members: M;
  readonly [valid]?: ValuesOf<M>;
  readonly [decoded]?: DecodedOf<M>;
}

/** Any shape of the API. */
export type Shape =
  | StringShape
  | EnumerationShape
  | BlobShape
  | IntegerShape
  | FlagShape
  | TimestampShape
  | ListShape
  | StringMapShape
  | AnyStructureShape;

/** Marks a member that must be present. */
export interface RequiredMember<S extends Shape = Shape> {
  readonly kind: 'required';
  readonly shape: S;
}

/** The members of a structure, of an operation's input or of its output, by their AWS names. */
export type Members = Readonly<Record<string, Shape | RequiredMember>>;

/** The type of the values that satisfy a shape, for example `ValueOf<typeof keySpec>`. */
export type ValueOf<S> = S extends { readonly [valid]?: infer V } ? V : never;

/** The type of a decoded value that nobody has validated. */
export type DecodedValueOf<S> = S extends { readonly [decoded]?: infer D } ? D : never;

type ShapeOf<M> = M extends RequiredMember<infer S> ? S : M;
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** Required members are there; the others may be missing or undefined. */
type ValuesOf<M extends Members> = Flat<
  { [K in keyof M as M[K] extends RequiredMember ? K : never]: ValueOf<ShapeOf<M[K]>> } & {
    [K in keyof M as M[K] extends RequiredMember ? never : K]?: ValueOf<ShapeOf<M[K]>> | undefined;
  }
>;

/** An operation's input after `validateInput`. */
export type InputOf<M extends Members> = ValuesOf<M>;

/** What an operation answers: an absent or undefined member is left out of the reply. */
export type OutputOf<M extends Members> = ValuesOf<M>;

/** An operation's input between `decodeInput` and `validateInput`: any member may be missing. */
export type DecodedOf<M extends Members> = {
  readonly [K in keyof M]?: DecodedValueOf<ShapeOf<M[K]>> | undefined;
};

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Text with limits. `pattern` is AWS's own source text; it must hold for the whole value (AWS matches in full,
 * anchored or not) and must be linear to match, because a value longer than `max` is matched too.
 */
export function string(
  limits: Bounds & { readonly pattern?: string; readonly sensitive?: boolean } = {},
): StringShape {
  const { min = 0, max = Infinity, pattern, sensitive = false } = limits;
  return {
    kind: 'string',
    min,
    max,
    pattern: pattern === undefined ? undefined : parsePattern(pattern),
    sensitive,
  };
}

/** AWS's patterns are Java's, where `\s` is ASCII only; they use it inside character classes alone. */
function parsePattern(source: string): Pattern {
  const ascii = source.replaceAll(String.raw`\s`, String.raw`\t\n\v\f\r\x20`);
  return { source, regex: new RegExp(`^(?:${ascii})$`, 'u') };
}

/** One of `values`. The type parameter keeps the literals: no `as const` is needed. */
export function enumeration<const T extends string>(values: readonly T[]): EnumerationShape<T> {
  return { kind: 'enumeration', values, accepted: new Set(values) };
}

/** Bytes with limits. The value of a blob is never shown in an error, sensitive or not. */
export function blob(limits: Bounds & { readonly sensitive?: boolean } = {}): BlobShape {
  const { min = 0, max = Infinity, sensitive = false } = limits;
  return { kind: 'blob', min, max, sensitive };
}

/** A whole number from `min` to `max`, both included. */
export function integer(limits: Bounds = {}): IntegerShape {
  const { min = -Infinity, max = Infinity } = limits;
  return { kind: 'integer', min, max };
}

/** `true` or `false`. */
export function flag(): FlagShape {
  return { kind: 'flag' };
}

/** A moment, in epoch milliseconds. */
export function timestamp(): TimestampShape {
  return { kind: 'timestamp' };
}

/** A list of `member`. */
export function list<S extends Shape>(member: S, limits: Bounds = {}): ListShape<S> {
  const { min = 0, max = Infinity } = limits;
  return { kind: 'list', member, min, max };
}

/** Text to text. */
export function stringMap(
  limits: Bounds & { readonly key?: StringShape; readonly value?: StringShape } = {},
): StringMapShape {
  const { min = 0, max = Infinity, key = string(), value = string() } = limits;
  return { kind: 'stringMap', key, value, min, max };
}

/** A structure of `members`. */
export function structure<M extends Members>(members: M): StructureShape<M> {
  return { kind: 'structure', members };
}

/** A member that must be present: its absence is a ValidationException. */
export function required<S extends Shape>(shape: S): RequiredMember<S> {
  return { kind: 'required', shape };
}
