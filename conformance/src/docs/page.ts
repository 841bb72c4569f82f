/** A fenced block of a page. */
export interface Block {
  /** What stands behind the opening fence: `console`, `sh`, `js`, ..., or nothing. */
  readonly language: string;
  readonly text: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
  /** The comment right in front of it, without its marks: `a configuration file`. */
  readonly note?: string;
}

/** A command as the page shows it, and what it says the command writes. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

/** The fenced blocks of a Markdown page, but those under a comment that begins with `<!-- not run:`. */
export function readBlocks(page: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = page.split('\n');
  let note: string | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const language = /^```(\w*)$/.exec(line)?.[1];
    if (language === undefined) {
      if (line !== '') note = /^<!-- (.*?)(?: -->)?$/.exec(line)?.[1];
      continue;
    }
    const end = lines.indexOf('```', at + 1);
    if (end === -1) throw new Error(`the block in line ${at + 1} has no end`);
    const block = { language, text: lines.slice(at + 1, end).join('\n'), line: at + 1 };
    if (note?.startsWith('not run:') !== true) blocks.push(note === undefined ? block : { ...block, note });
    note = undefined;
    at = end;
  }
  return blocks;
}

/** A page about production says so in its first line; its commands start services of their own in an empty folder. */
export function isProductionPage(page: string): boolean {
  return page.startsWith('<!-- production page');
}

/** The commands of a `console` block: each begins with `$ `, goes on after a backslash, and its output follows. */
export function readCommands(text: string): readonly ShownCommand[] {
  const commands: { command: string; output: string }[] = [];
  let goesOn = false;
  for (const line of text.split('\n')) {
    const last = commands.at(-1);
    if (goesOn && last !== undefined) last.command += `\n${line}`;
    else if (line.startsWith('$ ')) commands.push({ command: line.slice(2), output: '' });
    else if (last !== undefined) last.output += `${line}\n`;
    goesOn = line.endsWith('\\') && (goesOn || line.startsWith('$ '));
  }
  return commands.map(({ command, output }) => ({ command, output: output.trim() }));
}

const chance: readonly (readonly [RegExp, string])[] = [
  [/^\s*(?:aws: \[ERROR\]: )?/g, ''],
  [/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '(id)'],
  [/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)/g, '(time)'],
  [/\b\d{8}T\d{6}\.\d{3}Z/g, '(time)'],
  [/\b\d{4}-\d\d-\d\d\b/g, '(day)'],
  [/\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b/g, '(hex)'],
  [/\bA(?:KI|SI)A[A-Z2-7]{16}\b/g, '(access key id)'],
  [/(?<=Secret access key +)[A-Za-z0-9+/]{40}$/gm, '(secret)'],
  [/(?<=KEYHAVEN1-SHARE-\d+-NEEDS-\d+-SET-)[0-9A-Z-]+/g, '(share)'],
  [/(?<=\bset )[0-9A-Z]{8}\b/g, '(set)'],
  [/\bage1[02-9ac-hj-np-z]{58}\b/g, '(recipient)'],
  [/\b\d{12}\b/g, '(account)'],
  [/(?<=\b(?:localhost|127\.0\.0\.1):)\d{4,5}\b/g, '(port)'],
  [/(?<=^Bytes +)\d+$/gm, '(size)'],
  // Records leave the outbox in their own time.
  [/(?<=^Rows +|\bThe )\d+(?=$| rows| lines)/gm, '(number)'],
  [/(?<=\(hex\) +)\d+$/gm, '(number)'],
  // The columns of a table are as wide as what is in them.
  [/(?<=\S) {2,}/g, '  '],
  [/ +$/gm, ''],
];

/** What is the same in every run: identifiers, times, sizes, ports and secrets are replaced by words. */
export function withoutChance(output: string): string {
  return chance.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), output).trim();
}
