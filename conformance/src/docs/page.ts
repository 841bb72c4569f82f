/** A fenced block of a page. */
export interface Block {
  /** What stands behind the opening fence: `console`, `sh`, `js`, ... */
  readonly language: string;
  readonly text: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
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
  let isExcused = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.startsWith('<!-- not run:')) isExcused = true;
    const language = /^```(\w+)$/.exec(line)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    if (end === -1) throw new Error(`the block in line ${at + 1} has no end`);
    if (!isExcused) blocks.push({ language, text: lines.slice(at + 1, end).join('\n'), line: at + 1 });
    isExcused = false;
    at = end;
  }
  return blocks;
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

/** What is the same in every run: identifiers, times and ports are replaced by words. */
export function withoutChance(output: string): string {
  return output
    .replaceAll(/^\s*(?:aws: \[ERROR\]: )?/g, '')
    .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '(id)')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)/g, '(time)')
    .trim();
}
