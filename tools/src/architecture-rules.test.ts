import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/*
 * A rule that never fires protects nothing, and a path in a rule goes stale without a sound. Here each rule is broken
 * once, in a small tree of the repository's shape, and must say so about exactly the file that breaks it.
 */

const root = join(import.meta.dirname, '../..');
const configPath = join(root, '.dependency-cruiser.cjs');
const require = createRequire(import.meta.url);
const { forbidden } = require(configPath) as { readonly forbidden: readonly { readonly name: string }[] };

const server = 'packages/server/src';
const operations = `${server}/services/kms/operations`;

/** Files that others import; each is also imported by something legal, so that none is an orphan. */
const allowedFiles: Readonly<Record<string, string>> = {
  'packages/policy/src/index.ts': "import './parse.ts';",
  'packages/policy/src/parse.ts': '',
  'packages/api-model/src/index.ts': "import type { Buffer } from 'node:buffer'; export type Blob = Buffer;",
  'packages/crypto/src/index.ts': "import 'node:crypto';",
  'packages/crypto/src/secret.test.ts': "import './index.ts'; import '../../testkit/src/index.ts';",
  'packages/testkit/src/index.ts': "import '../../server/src/main.ts';",
  'packages/cli/src/commands/serve.ts': "import '../../../server/src/main.ts';",
  'packages/cli/src/commands/init.ts': "import '../../../server/src/main.ts';",
  'packages/cli/src/commands/restore.ts': "import '../../../server/src/main.ts';",
  'packages/cli/src/commands/doctor.ts': "import '../../../server/src/main.ts';",
  'packages/cli/src/commands/status.ts': "import '../../../server/src/config/index.ts';",
  [`${server}/config/index.ts`]: "import 'yaml';",
  [`${server}/main.ts`]:
    "import './http/listener.ts'; import './storage/sqlite/open.ts'; import './services/kms/index.ts';",
  [`${server}/http/listener.ts`]: "import 'node:http';",
  [`${server}/storage/port.ts`]: "import '../start-refusal.ts';",
  [`${server}/storage/sqlite/open.ts`]: "import 'node:sqlite'; import '../port.ts';",
  [`${server}/start-refusal.ts`]: '',
  [`${server}/hygiene/index.ts`]: "import './read-facts.ts';",
  [`${server}/hygiene/read-facts.ts`]: "import 'node:fs';",
  [`${server}/clock.ts`]: '',
  [`${server}/pipeline/operation.ts`]: "import '../clock.ts'; import '../audit/journal.ts';",
  [`${server}/audit/journal.ts`]:
    "import type { Wire } from '../protocol/wire-request.ts'; export type W = Wire;" +
    "import type { Caller } from '../authentication/caller.ts'; export type C = Caller;",
  [`${server}/authentication/caller.ts`]: 'export interface Caller { readonly arn: string }',
  [`${server}/protocol/wire-request.ts`]: 'export interface Wire { readonly path: string }',
  [`${server}/authorization/authorize.ts`]:
    "import type { Wire } from '../protocol/wire-request.ts'; export type W = Wire;",
  [`${server}/keys/rules.ts`]: "import '../start-refusal.ts';",
  [`${server}/integrity/finding.ts`]: "import '../storage/port.ts';",
  [`${server}/services/kms/index.ts`]: "import './operations/encrypt.ts'; import './operations/decrypt.ts';",
  [`${operations}/encrypt.ts`]: "import '../../../pipeline/operation.ts'; import '../../../keys/rules.ts';",
  [`${operations}/decrypt.ts`]: "import '../../../pipeline/operation.ts';",
};

/** A file that breaks a rule, and the rule's name. */
const violations: readonly (readonly [rule: string, file: string, source: string])[] = [
  ['no-cycles', `${server}/keys/ring-one.ts`, "import './ring-two.ts';"],
  ['no-unresolved-imports', `${server}/keys/lost.ts`, "import './nowhere.ts';"],
  ['no-forgotten-files', `${server}/keys/forgotten.ts`, 'export const forgotten = 1;'],
  ['sources-import-no-tests', `${server}/keys/uses-testkit.ts`, "import '../../../testkit/src/index.ts';"],
  ['policy-stands-alone', 'packages/policy/src/worldly.ts', "import '../../api-model/src/index.ts';"],
  ['api-model-stands-alone', 'packages/api-model/src/worldly.ts', "import 'node:fs';"],
  ['crypto-stands-alone', 'packages/crypto/src/worldly.ts', "import '../../policy/src/index.ts';"],
  [
    'node-crypto-only-in-crypto',
    `${server}/keys/own-hash.ts`,
    "import { createHash } from 'node:crypto'; createHash('md5');",
  ],
  [
    'packages-do-not-import-the-server',
    'packages/cli/src/commands/keys.ts',
    "import '../../../server/src/main.ts';",
  ],
  ['server-imports-no-program', `${server}/keys/asks-cli.ts`, "import '../../../cli/src/commands/serve.ts';"],
  ['sqlite-only-in-its-adapter', `${server}/jobs/own-query.ts`, "import 'node:sqlite';"],
  ['http-only-in-http', `${server}/audit/sends.ts`, "import 'node:https';"],
  ['libraries-stay-in-their-rooms', `${server}/protocol/yaml.ts`, "import 'yaml';"],
  ['cbor-only-in-attestation', `${server}/protocol/cbor.ts`, "import 'cborg';"],
  ['age-only-in-its-adapter', `${server}/backup/encrypts.ts`, "import 'age-encryption';"],
  ['seal-libraries-stay-in-the-seals', `${server}/keys/splits.ts`, "import 'shamir-secret-sharing';"],
  [
    'operations-know-only-their-vocabulary',
    `${operations}/list-keys.ts`,
    "import '../../../storage/port.ts';",
  ],
  ['operations-do-not-import-each-other', `${operations}/re-encrypt.ts`, "import './decrypt.ts';"],
  [
    'operations-are-reached-through-their-service',
    `${server}/jobs/calls.ts`,
    `import '../services/kms/operations/encrypt.ts';`,
  ],
  [
    'wire-rooms-do-not-see-each-other',
    `${server}/authorization/logs.ts`,
    "import type { X } from '../audit/journal.ts'; export type Y = X;",
  ],
  ['wire-rooms-share-only-types', `${server}/audit/reads.ts`, "import '../authentication/caller.ts';"],
  ['keys-do-not-look-up', `${server}/keys/audits.ts`, "import '../audit/journal.ts';"],
  ['attestation-verifies-alone', `${server}/attestation/asks.ts`, "import '../keys/rules.ts';"],
  ['storage-knows-no-domain', `${server}/storage/decides.ts`, "import '../keys/rules.ts';"],
  ['administrators-use-no-keys', `${server}/admin/uses.ts`, "import '../services/kms/index.ts';"],
  ['examinations-only-look', `${server}/integrity/mends.ts`, "import '../services/kms/index.ts';"],
  ['explanations-only-read', `${server}/explanation/uses.ts`, "import '../services/kms/index.ts';"],
  [
    'nothing-served-rests-on-an-examination',
    `${server}/pipeline/trusts.ts`,
    "import '../integrity/finding.ts';",
  ],
  ['adapters-are-chosen-in-one-place', `${server}/jobs/opens.ts`, "import '../storage/sqlite/open.ts';"],
  ['only-main-listens', `${server}/pipeline/answers.ts`, "import '../http/listener.ts';"],
  ['hygiene-looks-at-the-process-alone', `${server}/hygiene/asks.ts`, "import '../clock.ts';"],
  ['leaves-import-nothing', `${server}/telemetry/curious.ts`, "import '../keys/rules.ts';"],
];

let tree = '';
let fired: ReadonlySet<string>;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'keyhaven-rules-'));
  write(allowedFiles);
  write(Object.fromEntries(violations.map(([, file, source]) => [file, source])));
  write({ [`${server}/keys/ring-two.ts`]: "import './ring-one.ts';" });
  write({
    'node_modules/yaml/package.json': '{"name":"yaml","main":"index.js"}',
    'node_modules/yaml/index.js': '',
    'node_modules/cborg/package.json': '{"name":"cborg","main":"index.js"}',
    'node_modules/cborg/index.js': '',
    'node_modules/age-encryption/package.json': '{"name":"age-encryption","main":"index.js"}',
    'node_modules/age-encryption/index.js': '',
    'node_modules/shamir-secret-sharing/package.json': '{"name":"shamir-secret-sharing","main":"index.js"}',
    'node_modules/shamir-secret-sharing/index.js': '',
  });
  cpSync(join(root, 'tsconfig.json'), join(tree, 'tsconfig.json'));
  fired = cruise();
});

afterAll(() => {
  rmSync(tree, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(join(tree, dirname(path)), { recursive: true });
    writeFileSync(join(tree, path), `${source}\n`);
  }
}

/** Every `rule file` pair that dependency-cruiser complains about. */
function cruise(): Set<string> {
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [bin, '--config', configPath, '--output-type', 'json', 'packages'],
    { cwd: tree, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (stdout === '') throw new Error(stderr);
  const { summary } = JSON.parse(stdout) as {
    readonly summary: {
      readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
    };
  };
  return new Set(summary.violations.map(({ from, rule }) => `${rule.name} ${from}`));
}

describe('the architecture rules', () => {
  it.each(violations)('%s is broken by %s', (rule, file) => {
    expect(fired).toContain(`${rule} ${file}`);
  });

  it('are each broken once above', () => {
    expect(violations.map(([rule]) => rule)).toEqual(forbidden.map(({ name }) => name));
  });

  it('leave alone what keeps to them', () => {
    const blamed = [...fired].filter((pair) =>
      Object.keys(allowedFiles).some((file) => pair.endsWith(` ${file}`)),
    );
    expect(blamed).toEqual([]);
  });
});
