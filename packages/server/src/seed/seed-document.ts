import {
  type Document,
  LineCounter,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { z } from 'zod';
import { StartRefusal } from '../start-refusal.ts';

/** Where a value stands in the file, from its top: field names and positions in lists. */
export type SeedPath = readonly (string | number)[];

/** A YAML alias may be used, but not to blow a small file up. */
const mostAliases = 100;

/** What is wrong with text that is not YAML. The parser's own messages can quote the file, which holds secrets. */
const yamlRules = new Map<YAMLError['code'], string>([
  ['DUPLICATE_KEY', 'it names the same field twice'],
  ['TAG_RESOLVE_FAILED', 'it uses a YAML tag (!name), which a seed file must not'],
  ['MULTIPLE_DOCS', 'it begins a second YAML document'],
  ['TAB_AS_INDENT', 'it is indented with a tab; YAML takes spaces only'],
  ['BAD_INDENT', 'it is not indented as YAML demands, or a bracket before it is not closed'],
  ['BAD_ALIAS', 'it uses a YAML alias that nothing above it defines'],
  ['RESOURCE_EXHAUSTION', 'it is nested too deeply'],
  ['NON_STRING_KEY', 'it has a field name that is not text'],
]);

const shortName = /^[\w.:/@+=-]{1,32}$/;

export function seedRefusal(path: string, line: number, rule: string): StartRefusal {
  return new StartRefusal(
    `The seed file ${path} is wrong in line ${line}: ${rule}.`,
    'Correct the file and start again; nothing of it was applied.',
  );
}

/** A seed file as YAML: its values, and the line of each. */
export class SeedDocument {
  readonly path: string;
  readonly values: unknown;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  constructor(path: string, text: string) {
    this.path = path;
    try {
      this.#document = parseDocument(text, {
        lineCounter: this.#lines,
        prettyErrors: false,
        stringKeys: true,
        resolveKnownTags: false,
      });
      this.#refuseYamlErrors();
      this.values = this.#document.toJS({ maxAliasCount: mostAliases });
    } catch (error) {
      // How the parser refuses aliases, unknown or in excess; the library has no code for them.
      if (error instanceof ReferenceError) {
        throw seedRefusal(
          path,
          1,
          `it uses YAML aliases that nothing defines, or more than ${mostAliases} times`,
        );
      }
      throw error;
    }
  }

  /** The refusal of the value at `at`: `rule` is a clause such as 'must be text'. Never put a secret into it. */
  refusal(at: SeedPath, rule: string): StartRefusal {
    const name = at.reduce<string>((text, part) => {
      if (typeof part === 'number') return `${text}[${part}]`;
      // A slip of YAML can turn a secret into a field's name: only what looks like a name is shown.
      const shown = shortName.test(part) ? part : '(a name)';
      return text === '' ? shown : `${text}.${shown}`;
    }, '');
    return seedRefusal(this.path, this.lineOf(at), name === '' ? rule : `${name} ${rule}`);
  }

  /** The refusal of what is wrong first in the file. */
  refusalOf(error: z.ZodError): StartRefusal {
    const found = error.issues.map((issue) => this.#describe(issue));
    found.sort((one, other) => this.lineOf(one.at) - this.lineOf(other.at));
    const [first] = found;
    return first === undefined ? this.refusal([], 'it is malformed') : this.refusal(first.at, first.rule);
  }

  /** The line of the value; of a value that is missing, the line of what should hold it. */
  lineOf(at: SeedPath): number {
    let node: unknown = this.#document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const part of at) {
      if (isAlias(node)) node = node.resolve(this.#document);
      if (!isCollection(node)) break;
      const pair = isMap(node) ? node.items.find(({ key }) => nameOf(key) === String(part)) : undefined;
      const next: unknown = pair === undefined ? node.get(part, true) : pair.value;
      offset = offsetOf(pair?.key) ?? offsetOf(next) ?? offset;
      if (next === undefined || next === null) break;
      node = next;
    }
    return this.#lines.linePos(offset).line;
  }

  #describe(issue: z.core.$ZodIssue): { readonly at: SeedPath; readonly rule: string } {
    const at = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code === 'unrecognized_keys') {
      const [name = ''] = issue.keys;
      return { at: [...at, name], rule: 'is not a field that a seed file has here' };
    }
    // The key of a mapping: `regions`, `tags`.
    if (issue.code === 'invalid_key') return { at, rule: issue.issues[0]?.message ?? issue.message };
    return { at, rule: issue.message };
  }

  #refuseYamlErrors(): void {
    const [first] = [...this.#document.errors, ...this.#document.warnings];
    if (first === undefined) return;
    const { line } = this.#lines.linePos(first.pos[0]);
    throw seedRefusal(
      this.path,
      line,
      yamlRules.get(first.code) ?? `it is not well-formed YAML (${first.code})`,
    );
  }
}

function nameOf(key: unknown): string | undefined {
  return isNode(key) && 'value' in key ? String(key.value) : undefined;
}

function offsetOf(node: unknown): number | undefined {
  if (isPair(node)) return offsetOf(node.key);
  return isNode(node) ? node.range?.[0] : undefined;
}
