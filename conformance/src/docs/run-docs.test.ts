import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAwsCli } from '../clients/aws-cli.ts';
import { findBoto3 } from '../clients/boto3.ts';
import { findOnPath, run } from '../clients/programs.ts';
import { type Block, readBlocks, readCommands, type ShownCommand, withoutChance } from './page.ts';

/*
 * What the pages show is run: commands against a service of their own, their output compared with the page's;
 * snippets in the language's own interpreter; YAML as seed files.
 */

const root = join(import.meta.dirname, '../../..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const shownUrl = 'http://127.0.0.1:4599';

const cli = (await findAwsCli(2)) ?? (await findAwsCli(1));
const canRunShell = cli !== undefined && findOnPath('bash').length > 0 && findOnPath('curl').length > 0;
const [boto3] = await findBoto3();

function blocksOf(page: string, ...languages: readonly string[]): readonly Block[] {
  return readBlocks(readFileSync(join(root, page), 'utf8')).filter(({ language }) =>
    languages.includes(language),
  );
}

/** What a page's commands wrote and how each ended, all of them run in one shell. */
async function runCommands(
  commands: readonly ShownCommand[],
  service: TestService,
): Promise<readonly { readonly output: string; readonly code: string }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-docs-'));
  const script = commands
    .map(
      ({ command }) => `{ ${command.replaceAll(shownUrl, service.url)}\n} 2>&1\nprintf '\\036%s\\037' $?\n`,
    )
    .join('');
  const prelude = 'set -uo pipefail; aws() { command "$AWS_CLI" "$@"; }\n';
  try {
    const { stdout, stderr } = await run('bash', ['-c', prelude + script], {
      cwd: folder,
      environment: { AWS_CLI: cli?.path ?? '' },
    });
    expect(stderr).toBe('');
    return stdout
      .split('\x1f')
      .slice(0, -1)
      .map((part) => {
        const [output = '', code = ''] = part.split('\x1e');
        return { output, code };
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('The documentation', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
  });

  afterAll(async () => {
    await service.close();
  });

  const withCommands = pages.filter((page) => blocksOf(page, 'console').length > 0);

  it.skipIf(!canRunShell).each(withCommands)('shows commands that do what it says: %s', async (page) => {
    const commands = blocksOf(page, 'console').flatMap(({ text }) => readCommands(text));
    const results = await runCommands(commands, service);
    expect(results).toHaveLength(commands.length);
    for (const [index, { command, output }] of commands.entries()) {
      const result = results[index];
      expect(withoutChance(result?.output ?? ''), command).toBe(withoutChance(output));
      const mustFail = output.startsWith('An error occurred');
      expect(result?.code === '0', `${command} ends with ${result?.code ?? ''}`).toBe(!mustFail);
    }
  });

  it.skipIf(!canRunShell).each(pages.filter((page) => blocksOf(page, 'sh').length > 0))(
    'shows shell lines that can be typed in: %s',
    async (page) => {
      for (const { text, line } of blocksOf(page, 'sh')) {
        const { code, stderr } = await run('bash', ['-euc', text.replaceAll(shownUrl, service.url)]);
        expect(code, `line ${line}: ${stderr}`).toBe(0);
      }
    },
  );

  const snippets = pages.flatMap((page) =>
    blocksOf(page, 'js', 'python').map((block) => ({ page, ...block })),
  );

  for (const { page, language, text } of snippets) {
    it.skipIf(language === 'python' && boto3 === undefined)(
      `shows a snippet that runs: ${page}, ${language}`,
      async () => {
        const code = text.replaceAll(shownUrl, service.url);
        const result =
          language === 'js'
            ? await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: root })
            : await run(boto3?.python ?? '', ['-c', code]);
        expect(result).toEqual({ code: 0, stdout: 'nemo\n', stderr: '' });
      },
    );
  }

  const seedFiles = pages.flatMap((page) => blocksOf(page, 'yaml').map((block) => ({ page, ...block })));

  it.each(seedFiles)('shows a seed file that can be applied: $page, line $line', async ({ text }) => {
    const folder = mkdtempSync(join(tmpdir(), 'keyhaven-docs-'));
    try {
      const seed = join(folder, 'seed.yaml');
      writeFileSync(seed, text);
      const seeded = await startTestService({ seed });
      await seeded.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('links to files that are there', () => {
    for (const page of [...pages, 'ARCHITECTURE.md', 'SECURITY.md', 'CHANGELOG.md']) {
      const folder = join(root, page, '..');
      for (const [, target = ''] of readFileSync(join(root, page), 'utf8').matchAll(
        /\]\((?!https?:)([^)#]+)/g,
      )) {
        expect(readdirSync(join(folder, target, '..')), `${page} links to ${target}`).toContain(
          target.replace(/\/$/, '').split('/').at(-1),
        );
      }
    }
  });
});
