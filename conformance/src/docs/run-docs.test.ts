import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOptions } from '@keyhaven/server/config';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAwsCli } from '../clients/aws-cli.ts';
import { findBoto3 } from '../clients/boto3.ts';
import { awsSettings, findOnPath, run } from '../clients/programs.ts';
import { type Block, isProductionPage, readBlocks, readCommands, type ShownCommand } from './page.ts';
import { expectShown, type Outcome, runShownCommands } from './shown-commands.ts';

/*
 * What the pages show is run: commands against a service of their own, their output compared with the page's;
 * snippets in the language's own interpreter; YAML as seed files, or as the configuration file that it says it is.
 */

const root = join(import.meta.dirname, '../../..');
const allPages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** The others have a test of their own. */
const pages = allPages.filter((page) => !isProductionPage(readFileSync(join(root, page), 'utf8')));
const shownUrl = 'http://127.0.0.1:4599';

const cli = (await findAwsCli(2)) ?? (await findAwsCli(1));
const canRunShell =
  cli !== undefined && ['bash', 'curl', 'openssl'].every((program) => findOnPath(program).length > 0);
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
): Promise<readonly Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-docs-'));
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  try {
    return await runShownCommands(
      commands.map(({ command }) => command.replaceAll(shownUrl, service.url)),
      {
        prelude: 'set -uo pipefail; aws() { command "$AWS_CLI" "$@"; }\n',
        folder,
        environment: { ...Object.fromEntries(inherited), ...awsSettings, AWS_CLI: cli?.path ?? '' },
        timeoutMs: 50_000,
      },
    );
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
    expectShown(commands, await runCommands(commands, service));
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

  const yamlBlocks = pages.flatMap((page) => blocksOf(page, 'yaml').map((block) => ({ page, ...block })));

  const isConfiguration = ({ note }: Block) => note === 'a configuration file';

  it.each(yamlBlocks.filter(isConfiguration))(
    'shows a configuration file that can be read: $page, line $line',
    ({ text }) => {
      const folder = mkdtempSync(join(tmpdir(), 'keyhaven-docs-'));
      try {
        const config = join(folder, 'keyhaven.yaml');
        writeFileSync(config, text, { mode: 0o600 });
        expect(loadOptions({ '--config': [config] }, {}).profile).toBe('production');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it.each(yamlBlocks.filter((block) => !isConfiguration(block)))(
    'shows a seed file that can be applied: $page, line $line',
    async ({ text }) => {
      const folder = mkdtempSync(join(tmpdir(), 'keyhaven-docs-'));
      try {
        const seed = join(folder, 'seed.yaml');
        writeFileSync(seed, text);
        const seeded = await startTestService({ seed });
        await seeded.close();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it('links to files that are there', () => {
    for (const page of [...allPages, 'ARCHITECTURE.md', 'SECURITY.md', 'CHANGELOG.md']) {
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

  it('names sources that are there', () => {
    for (const page of [...allPages, 'ARCHITECTURE.md', 'SECURITY.md']) {
      const text = readFileSync(join(root, page), 'utf8');
      const paths = [...text.matchAll(/`((?:packages|conformance|deploy|tools)\/[\w./-]+)`/g)].map(
        ([, path = '']) => path,
      );
      expect(
        paths.filter((path) => !existsSync(join(root, path))),
        page,
      ).toEqual([]);
    }
  });
});
