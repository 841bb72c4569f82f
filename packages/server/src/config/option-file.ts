import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import { readOptionText } from './bounded-file.ts';
import { findNearest } from './nearest-name.ts';
import { OptionRefusal } from './option-refusal.ts';
import type { GivenTexts, OptionForm, OptionSpec } from './option-spec.ts';

/** What a file gives for one option. */
export interface FileEntry {
  readonly texts: GivenTexts;
  readonly line: number;
}

/** A file of options that is well-formed; what its values mean is the options' to say. */
export interface OptionFile {
  /** What it is, for messages: `configuration file`. */
  readonly what: string;
  readonly path: string;
  readonly entries: ReadonlyMap<string, FileEntry>;
}

/** What is wrong with text that is not YAML. The parser's own messages can quote the file. */
const yamlRules = new Map<YAMLError['code'], string>([
  ['DUPLICATE_KEY', 'it names the same option twice'],
  ['TAG_RESOLVE_FAILED', 'it uses a YAML tag (!name), which it must not'],
  ['MULTIPLE_DOCS', 'it begins a second YAML document'],
  ['TAB_AS_INDENT', 'it is indented with a tab; YAML takes spaces only'],
  ['BAD_INDENT', 'it is not indented as YAML demands, or a bracket before it is not closed'],
  ['BAD_ALIAS', 'it uses a YAML alias, which it must not'],
  ['RESOURCE_EXHAUSTION', 'it is nested too deeply'],
  ['NON_STRING_KEY', 'it has a name that is not text'],
]);

/** A slip of YAML can turn a secret into a name: only what looks like a name is shown. */
const shortName = /^[\w-]{1,32}$/;

/**
 * Reads a YAML file of options; undefined if there is none. Strict: a name that is no `fileKey` of `specs`, a value of
 * another type, a tag, an anchor or an alias is refused with its line. The file must belong to this user, to root or to
 * the user `alsoTrusted`, and be writable by nobody else. Throws OptionRefusal.
 */
export function readOptionFile(
  what: string,
  path: string,
  specs: readonly OptionSpec[],
  alsoTrusted?: number,
): OptionFile | undefined {
  const text = readOptionText(what, path, alsoTrusted);
  return text === undefined ? undefined : parseOptionFile(what, path, text, specs);
}

/** The part of `readOptionFile` after the reading. */
export function parseOptionFile(
  what: string,
  path: string,
  text: string,
  specs: readonly OptionSpec[],
): OptionFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    resolveKnownTags: false,
    schema: 'core',
  });
  const refuse = (offset: number, rule: string): never => {
    throw fileRefusal(what, path, lines.linePos(offset).line, rule);
  };
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined)
    refuse(wrong.pos[0], yamlRules.get(wrong.code) ?? `it is not well-formed YAML (${wrong.code})`);
  const entries = new Map<string, FileEntry>();
  for (const { name, at, value } of pairsOf(document, refuse)) {
    const spec = specs.find(({ fileKey }) => fileKey === name && name !== '');
    if (spec === undefined) return refuse(at, describeUnknown(what, name, specs));
    const texts = readTexts(value, spec.form, (node, rule) => refuse(startOf(node) ?? at, `${name} ${rule}`));
    const [first, ...more] = texts;
    if (first !== undefined) entries.set(name, { texts: [first, ...more], line: lines.linePos(at).line });
  }
  return { what, path, entries };
}

/** The refusal of one line; `rule` is a clause without secrets. */
export function fileRefusal(what: string, path: string, line: number, rule: string): OptionRefusal {
  return new OptionRefusal(
    'file',
    `The ${what} ${path} is wrong in line ${line}: ${rule}.`,
    'Correct the line, or take it out, and start again.',
  );
}

interface Pair {
  readonly name: string;
  readonly at: number;
  readonly value: Node | null;
}

function pairsOf(
  document: Document.Parsed,
  refuse: (offset: number, rule: string) => never,
): readonly Pair[] {
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  const isPlain = isMap(contents) && contents.anchor === undefined && contents.tag === undefined;
  if (!isPlain) return refuse(startOf(contents) ?? 0, 'it must be a list of lines such as "port: 4599"');
  return contents.items.map(({ key, value }) => {
    const at = startOf(key) ?? 0;
    if (!isScalar(key) || typeof key.value !== 'string') return refuse(at, 'it has a name that is not text');
    return { name: key.value, at, value };
  });
}

type RefuseNode = (node: Node | null, rule: string) => never;

function readTexts(value: Node | null, form: OptionForm, refuse: RefuseNode): readonly string[] {
  if (form !== 'list') return [readScalar(value, form, refuse)];
  if (!isSeq(value) || isMarked(value)) {
    return refuse(value, 'must be a list: a line with a hyphen for each value, or values in brackets');
  }
  return value.items.map((item) => readScalar(item as Node | null, 'text', refuse));
}

function readScalar(node: Node | null, form: OptionForm, refuse: RefuseNode): string {
  if (!isScalar(node) || isMarked(node)) {
    return refuse(
      node,
      form === 'number' ? 'must be a number' : 'must be text, without anchor, alias or tag',
    );
  }
  const { value, source } = node;
  if (value === null) return refuse(node, 'has no value: give one, or comment the line out');
  if (form === 'number') {
    return typeof value === 'number' ? (source ?? String(value)) : refuse(node, 'must be a number');
  }
  if (typeof value === 'string') return value;
  return refuse(node, 'must be in quotes, or YAML does not read it as text');
}

/** Anchors are of use to aliases only, tags to types that no option has. */
function isMarked(node: Node & { readonly anchor?: string }): boolean {
  return node.anchor !== undefined || node.tag !== undefined;
}

function describeUnknown(what: string, name: string, specs: readonly OptionSpec[]): string {
  if (!shortName.test(name)) return 'it has a name that is no option';
  const names = specs.map(({ fileKey }) => fileKey).filter((key) => key !== '');
  const nearest = findNearest(name, names);
  const hint = nearest === undefined ? `these exist: ${names.join(', ')}` : `did you mean ${nearest}?`;
  return `${name} is no option of a ${what}; ${hint}`;
}

function startOf(node: unknown): number | undefined {
  const { range } = (node ?? {}) as { readonly range?: readonly number[] | null };
  return range?.[0];
}
