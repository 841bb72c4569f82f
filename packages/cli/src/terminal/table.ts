import { showPlain } from './plain-text.ts';

/** Rows under headings, in columns as wide as their widest cell. An empty table is one line that says so. */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  ifEmpty: string,
): string {
  if (rows.length === 0) return `${ifEmpty}\n`;
  const lines = [headings, ...rows.map((row) => row.map(inOneLine))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))));
  return lines.map((line) => renderLine(line, widths)).join('');
}

/** Names with their values, one a line, the values aligned; those without a value are left out. */
export function renderFacts(facts: readonly (readonly [name: string, value: string | undefined])[]): string {
  const given = facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, inOneLine(value)]]));
  const width = Math.max(...given.map(([name = '']) => widthOf(name)));
  return given.map((line) => renderLine(line, [width, 0])).join('');
}

function renderLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map(
    (cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))),
  );
  return `${padded.join('  ').trimEnd()}\n`;
}

function inOneLine(text: string): string {
  return showPlain(text).replaceAll('\n', ' ');
}

/** In characters; names in scripts of double width are off by their number. */
function widthOf(text: string): number {
  return Array.from(text).length;
}
