import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { renderCompatibility } from './docs/compatibility.ts';
import { renderOptions } from './docs/options.ts';
import { readTestedOperations } from './tested-operations/main.ts';
import { renderRooms } from './docs/rooms.ts';

/*
 * Why: reference pages that are written by hand are wrong a week later. These are made from what the program itself
 * reads. `node tools/src/generate-docs.ts` writes them; with `--check` it only says which of them have drifted.
 */

const root = join(import.meta.dirname, '../..');

/** Puts `text` between the markers of that name, which stay. Throws an Error where the page has none. */
export function replaceBetweenMarkers(page: string, name: string, text: string): string {
  const begin = `<!-- ${name}: made by npm run docs -->`;
  const end = `<!-- end of ${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the page has no markers for ${name}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

async function renderPages(): Promise<readonly (readonly [path: string, text: string])[]> {
  const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const pages = [
    ['docs/compatibility.md', renderCompatibility(readTestedOperations())],
    ['docs/options.md', renderOptions()],
    ['ARCHITECTURE.md', replaceBetweenMarkers(architecture, 'rooms', await renderRooms(root))],
  ] as const;
  const options = (await resolveConfig(join(root, 'README.md'))) ?? {};
  return Promise.all(
    pages.map(
      async ([path, text]) => [path, await format(text, { ...options, parser: 'markdown' })] as const,
    ),
  );
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

if (import.meta.main) {
  const isCheck = process.argv.includes('--check');
  for (const [path, text] of await renderPages()) {
    const file = join(root, path);
    if (readOrEmpty(file) === text) continue;
    if (isCheck) {
      process.stdout.write(`${path} has drifted: run npm run docs\n`);
      process.exitCode = 1;
    } else {
      writeFileSync(file, text);
      process.stdout.write(`${path} written\n`);
    }
  }
}
