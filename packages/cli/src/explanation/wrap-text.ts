import { showPlain } from '../terminal/plain-text.ts';

const mostColumns = 96;

/**
 * Text from the service as lines of at most 96 columns, the first behind `first`, the others behind as many spaces. A word that
 * is longer, such as an ARN, stays whole, so that it can be copied.
 */
export function wrapText(text: string, first = ''): string {
  const indent = ' '.repeat(first.length);
  const lines: string[] = [];
  let line = '';
  for (const word of showPlain(text).split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > mostColumns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one, index) => `${index === 0 ? first : indent}${one}\n`).join('');
}
