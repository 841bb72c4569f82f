import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { parseSeed, readSeedFile } from './read-seed-file.ts';

const materialA = '5cdaead27fe7da2de47945d73cd6d79e36494e73802f3cd3869f1d2cb0b5d7a9';
const materialB = '34743777217A25432A46294A404E635266556A586E3272357538782F413F4428';
const keyId = 'bc436485-5092-42b8-92a3-0aa8b93536dc';

function refusedText(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof StartRefusal) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

const refused = (text: string) => refusedText(() => parseSeed(text, 'seed.yaml'));

const complete = `
accounts:
  - id: "111122223333"
    rootAccessKeys: [{ accessKeyId: test, secretAccessKey: "s3cr3t" }]
    regions:
      eu-west-2:
        keys:
          - keyId: ${keyId}
            description: Payments
            keySpec: SYMMETRIC_DEFAULT
            material: [${materialA}, ${materialB}]
            aliases: [alias/testing, alias/a/b_c-d]
            tags: { Team: payments }
            policy:
              Version: 2012-10-17
              Statement: { Effect: Allow, Principal: { AWS: "111122223333" }, Action: "kms:*", Resource: "*" }
`;

describe('a seed file', () => {
  it('is read whole', () => {
    const seed = parseSeed(complete, 'seed.yaml');
    const [account] = seed.accounts;
    expect(account).toMatchObject({
      accountId: '111122223333',
      rootAccessKeys: [{ accessKeyId: 'test', line: 4 }],
    });
    expect(account?.rootAccessKeys[0]?.secretAccessKey.use((bytes) => bytes.toString())).toBe('s3cr3t');
    const key = account?.regions[0]?.keys[0];
    expect(key).toMatchObject({
      keyId,
      description: 'Payments',
      aliases: ['alias/testing', 'alias/a/b_c-d'],
      tags: new Map([['Team', 'payments']]),
      policy: { line: 14 },
    });
    expect(key?.materials.map((secret) => secret.use((bytes) => bytes.toString('hex')))).toEqual([
      materialA,
      materialB.toLowerCase(),
    ]);
    expect(JSON.parse(key?.policy?.text ?? '')).toMatchObject({ Version: '2012-10-17' });
  });

  it('may hold an account and nothing else', () => {
    expect(parseSeed('accounts: [{ id: "000000000001" }]', 's').accounts[0]?.accountId).toBe('000000000001');
  });

  it('gives a key without keyId the same id each time, by its first alias or else by its place', () => {
    const keys = (text: string) =>
      parseSeed(
        `accounts: [{ id: "111122223333", regions: { eu-west-2: { keys: [${text}] } } }]`,
        's',
      ).accounts[0]?.regions[0]?.keys.map((key) => key.keyId) ?? [];
    const [first, second, named] = keys('{}, {}, { aliases: [alias/a] }');
    expect(keys('{ aliases: [alias/a] }, {}, {}')).toEqual([named, first, second]);
    expect(new Set([first, second, named]).size).toBe(3);
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    // A golden value: another id would leave everyone with a second key.
    expect(named).toBe('409e4edf-9de6-4346-98ad-e9be56a6cb39');
  });
});

/** One key's YAML, its first line being line 5 of the file. */
const withKey = (lines: string) => {
  const indented = lines.replaceAll(/^/gm, '        ');
  return `accounts:\n  - id: "111122223333"\n    regions:\n      eu-west-2: { keys: [{\n${indented}\n        }]}`;
};

describe('a wrong seed file is refused with its name, the line and the rule', () => {
  it.each<[string, number, string]>([
    ['', 1, 'it must hold accounts'],
    ['accounts:\n  - id: 111122223333', 2, 'accounts[0].id must be in quotes: quote account ids'],
    ['accounts:\n  - id: "1234"', 2, 'accounts[0].id must be 12 digits'],
    ['accounts:\n  - regions: {}', 2, 'accounts[0].id is missing'],
    ['accounts:\n  - id: "111122223333"\n  - id: "111122223333"', 3, 'repeats what stands in line 2'],
    ['accounts: []\n\nextra: 1', 3, 'extra is not a field'],
    ['accounts:\n  - id: "111122223333"\n    id: "111122223333"', 3, 'names the same field twice'],
    ['accounts:\n\t- id: "111122223333"', 2, ''],
    ['accounts:\n  - id: !secret x', 2, 'uses a YAML tag'],
    ['accounts:\n  - id: !!binary x', 2, 'uses a YAML tag'],
    ['accounts: []\n---\naccounts: []', 2, 'begins a second YAML document'],
    ['accounts: [', 1, 'a bracket before it is not closed'],
    ['accounts: "', 1, 'it is not well-formed YAML (MISSING_CHAR)'],
    ['accounts: *nowhere', 1, 'YAML alias'],
    ['accounts:\n  - id: "111122223333"\n    regions:\n      Ireland: {}', 4, 'is not the name of a Region'],
    [
      'accounts:\n  - id: "111122223333"\n    rootAccessKeys:\n      - accessKeyId: abc\n        secretAccessKey: x',
      4,
      'accessKeyId must be 4 to 128 letters',
    ],
    [
      'accounts:\n  - id: "111122223333"\n    rootAccessKeys:\n      - accessKeyId: test\n        secretAccessKey: ""',
      5,
      'secretAccessKey must not be empty',
    ],
    [
      'accounts:\n  - id: "111122223333"\n    rootAccessKeys:\n      - accessKeyId: test\n        secretAccessKey: 1234',
      5,
      'secretAccessKey must be quoted',
    ],
    [
      'accounts:\n  - id: "111122223333"\n    rootAccessKeys:\n      - accessKeyId: test\n        secretAccessKey: a\n  - id: "111122223334"\n    rootAccessKeys:\n      - accessKeyId: test\n        secretAccessKey: b',
      8,
      'repeats what stands in line 4',
    ],
  ])('$2 (case $#)', (text, line, rule) => {
    const message = refused(text);
    expect(message).toContain(`The seed file seed.yaml is wrong in line ${line}: `);
    expect(message).toContain(rule);
  });

  it.each([
    ['description: a,\nkeyId: bc436485', 6, 'keyId must be a UUID'],
    [`\nkeyId: ${keyId.toUpperCase()}`, 6, 'keyId must be a UUID in lower case'],
    ['keyId: mrk-1234abcd12ab34cd56ef1234567890ab', 5, 'keyId must be a UUID'],
    [`description: ${'x'.repeat(8193)}`, 5, 'at most 8,192 characters'],
    ['\n\nkeySpec: RSA_2048', 7, 'keySpec is not supported by this version'],
    ['material: []', 5, 'at least one key material'],
    [
      `material: [\n${materialA},\n${materialA.toUpperCase()}]`,
      7,
      'material[1] repeats what stands in line 6',
    ],
    [`material: [\n"${'0'.repeat(64)}"]`, 6, 'material[0] must not be all zeros'],
    [`material: [\n${materialA}00]`, 6, 'material[0] must be 64 hexadecimal digits'],
    [`material: [\n${'1'.repeat(64)}]`, 6, 'material[0] must be quoted'],
    [`material: ${materialA}`, 5, 'material must be a list'],
    ['aliases: [\ntesting]', 6, 'aliases[0] must be alias/ and'],
    ['aliases: [alias/ok,\nalias/aws/s3]', 6, 'aliases[1] must be alias/ and'],
    ['aliases: [alias/]', 5, 'must be alias/ and'],
    ['aliases: ["alias/a:b"]', 5, 'must be alias/ and'],
    ['aliases: ["alias/a b"]', 5, 'must be alias/ and'],
    [`aliases: [alias/${'a'.repeat(251)}]`, 5, 'must be alias/ and'],
    ['aliases: [alias/a,\nalias/a]', 6, 'repeats what stands in line 5'],
    ['}, {\naliases: [alias/a] }, {\naliases: [alias/a]', 7, 'repeats what stands in line 6'],
    [`keyId: ${keyId} }, {\nkeyId: ${keyId}`, 6, 'repeats what stands in line 5'],
    [`aliases: [${Array.from({ length: 51 }, (_, i) => `alias/${i}`).join()}]`, 5, 'must be at most 50'],
    ['tags: { a: b,\naws:x: c }', 6, 'reserved'],
    ['tags: { a: b,\n"a!": c }', 6, 'invalid characters'],
    ['tags: { a: 1 }', 5, 'tags.a must be quoted'],
    [`tags: { ${'k'.repeat(129)}: v }`, 5, 'tag key of other than 1 to 128'],
    [`tags: { k: ${'v'.repeat(257)} }`, 5, 'at most 256 characters'],
    [`tags: { ${Array.from({ length: 51 }, (_, i) => `k${i}: v`).join()} }`, 5, 'Too many tags'],
    ['policy: [1]', 5, 'policy must be a mapping or a JSON string'],
    ['Description: x', 5, 'Description is not a field'],
  ])('in a key: $2 (case $#)', (lines, line, rule) => {
    const message = refused(withKey(lines));
    expect(message).toContain(`The seed file seed.yaml is wrong in line ${line}: `);
    expect(message).toContain(rule);
  });

  it('names the first wrong line of several', () => {
    expect(refused('accounts:\n  - id: "1"\n  - id: "2"')).toContain('line 2');
  });

  it('never shows a secret or key material, wherever it stands', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const texts = [
      `accounts:\n  - id: "111122223333"\n    ${secret}: x`,
      `accounts:\n  - id: ${secret}`,
      `accounts:\n  - id: "111122223333"\n    regions: { ${secret}: {} }`,
      secret,
      `accounts: @${secret}`,
      `accounts: "\\q${secret}"`,
      `accounts: *${secret}`,
      `accounts: !${secret} x`,
      withKey(`keyId: ${secret}`),
      withKey(`aliases: [${secret}]`),
      withKey(`keySpec: ${secret}`),
      withKey(`${materialA}: x`),
      withKey(`material: [${materialA}ff]`),
      withKey(`material: [${materialA}, ${materialA}]`),
    ];
    for (const text of texts) {
      const message = refused(text);
      expect(message).not.toContain(secret);
      expect(message).not.toContain(materialA);
    }
  });

  it('refuses a file that YAML aliases blow up', () => {
    const levels = Array.from({ length: 9 }, (_, i) =>
      i === 0 ? '- &a0 [x, x]' : `- &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join()}]`,
    );
    expect(refused(`accounts:\n${levels.join('\n')}`)).toContain('YAML aliases');
  });

  it('refuses a file that is nested beyond reason', () => {
    expect(refused('['.repeat(50_000))).toContain('it is nested too deeply');
  });

  it('finds the line of a value that a YAML alias repeats', () => {
    const text =
      'accounts:\n  - id: "111122223333"\n    regions:\n      eu-west-1: &r\n        keys: [{ keySpec: X }]\n      eu-west-2: *r';
    expect(refused(text)).toContain('line 5');
  });
});

describe("local-kms's seed file", () => {
  const aes = (more: string) =>
    `Keys:\n  Symmetric:\n    Aes:\n      - Metadata:\n          KeyId: ${keyId}\n${more}\nAliases:\n  - AliasName: alias/testing\n    TargetKeyId: ${keyId}`;
  const backing = `        BackingKeys:\n          - ${materialB}\n          - ${materialA}`;

  it('goes to the account of test/test and eu-west-2, with material, alias and rotation', () => {
    const text = aes(
      `          Description: "mine"\n        NextKeyRotation: "2019-09-12T15:19:21+00:00"\n${backing}`,
    );
    const seed = parseSeed(text, 'seed.yaml');
    expect(seed.accounts).toHaveLength(1);
    expect(seed.accounts[0]).toMatchObject({
      accountId: '000000000000',
      rootAccessKeys: [],
      regions: [{ region: 'eu-west-2' }],
    });
    const key = seed.accounts[0]?.regions[0]?.keys[0];
    expect(key).toMatchObject({
      keyId,
      description: 'mine',
      aliases: ['alias/testing'],
      nextRotationAt: Date.UTC(2019, 8, 12, 15, 19, 21),
    });
    expect(key?.materials.map((secret) => secret.use((bytes) => bytes.toString('hex')))).toEqual([
      materialB.toLowerCase(),
      materialA,
    ]);
  });

  it.each([
    [aes('          KeyUsage: SIGN_VERIFY\n' + backing), 6, 'must be ENCRYPT_DECRYPT'],
    [aes('          Origin: EXTERNAL\n' + backing), 6, 'imported key material (EXTERNAL) is not supported'],
    [aes(''), 4, 'BackingKeys is missing'],
    [aes('        BackingKeys: []'), 6, 'at least one backing key'],
    [aes(`        NextKeyRotation: tomorrow\n${backing}`), 6, 'NextKeyRotation must be a date and time'],
    [
      'Keys:\n  Symmetric:\n    Hmac:\n      - Metadata: {}',
      3,
      'holds HMAC keys, which this version does not support',
    ],
    ['Keys:\n  Asymmetric:\n    Rsa:\n      - Metadata: {}', 3, 'holds asymmetric keys (RSA), which'],
    ['Keys:\n  Asymmetric:\n    Ecc: [{}]', 3, 'holds asymmetric keys (ECC), which'],
    ['Aliases:\n  - AliasName: alias/x\n    TargetKeyId: 1', 3, 'must be quoted'],
    [`Aliases:\n  - AliasName: alias/x\n    TargetKeyId: ${keyId}`, 3, 'names no key of this file'],
    [
      `${aes(backing)}\n  - AliasName: alias/testing\n    TargetKeyId: ${keyId}`,
      12,
      'repeats what stands in line 10',
    ],
    ['Keys: {}\naccounts: []', 2, 'accounts is not a field'],
  ])('is refused where it is wrong: $2 (case $#)', (text, line, rule) => {
    const message = refused(text);
    expect(message).toContain(`line ${line}: `);
    expect(message).toContain(rule);
  });
});

describe('readSeedFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-seed-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const written = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it('reads a file of up to 1 MiB and refuses a larger one', () => {
    const most = `accounts: []\n#${'x'.repeat(1024 * 1024 - 14)}`;
    expect(readSeedFile(written('most.yaml', most)).accounts).toEqual([]);
    expect(refusedText(() => readSeedFile(written('over.yaml', `${most}x`)))).toContain('larger than 1 MiB');
  });

  it('refuses what is missing, not a file, or not UTF-8', () => {
    expect(refusedText(() => readSeedFile(join(folder, 'none.yaml')))).toContain('cannot be read');
    mkdirSync(join(folder, 'sub'));
    expect(refusedText(() => readSeedFile(join(folder, 'sub')))).toContain('is not a file');
    expect(refusedText(() => readSeedFile(written('latin1.yaml', Buffer.from([0xe9]))))).toContain(
      'not UTF-8',
    );
  });
});
