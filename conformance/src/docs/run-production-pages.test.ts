import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isProductionPage, readBlocks, readCommands } from './page.ts';
import { canRunPages, pageMs, runOnMachine } from './production-machine.ts';
import { expectShown } from './shown-commands.ts';

/*
 * The pages about production are run from their first command to their last: they make an installation, start its service,
 * and do to it what they describe.
 */

const docs = join(import.meta.dirname, '../../../docs');
const pages = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(join(docs, name), 'utf8') }))
  .filter(({ text }) => isProductionPage(text));

describe('The documentation', () => {
  it.skipIf(!canRunPages).each(pages)(
    'shows how to run it for real, with commands that do what it says: $name',
    async ({ text }) => {
      const shown = readBlocks(text)
        .filter(({ language }) => language === 'console')
        .flatMap((block) => readCommands(block.text));
      expect(shown.length).toBeGreaterThan(0);
      expectShown(shown, await runOnMachine(shown.map(({ command }) => command)));
    },
    pageMs,
  );

  it('runs every command that a page about production shows, or says why not', () => {
    expect(pages.length).toBeGreaterThan(0);
    for (const { name, text } of pages) {
      const unrun = readBlocks(text).filter(({ language }) => language !== 'console');
      expect(unrun.map(({ line }) => `${name}, line ${line}`)).toEqual([]);
    }
  });

  it.skipIf(!canRunPages)('shows no output that its command does not write', async () => {
    const version = { command: 'keyhaven --version', output: '0.0.0' };
    const path = 'export PATH=/opt/keyhaven/node_modules/.bin:$PATH';
    const [, ...outcomes] = await runOnMachine([path, version.command]);
    expect(() => {
      expectShown([version], outcomes);
    }).toThrow(version.command);
  });

  it.skipIf(!canRunPages)(
    'shows no command that fails, that is not there, or that ends its shell',
    async () => {
      const commands = ['ls no-such-file', 'keyhavn --version', 'exit 3', 'true'];
      const outcomes = await runOnMachine(commands);
      expect(outcomes.map(({ code }) => code)).toEqual(['2', '127']);
      for (const [index, command] of commands.entries()) {
        const outcome = outcomes.slice(index, index + 1);
        expect(() => {
          expectShown([{ command, output: outcome[0]?.output ?? '' }], outcome);
        }, command).toThrow(command);
      }
    },
  );
});
