import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { formatSealHeader, parseSealHeader } from './header-format.ts';
import { openSeal, type SealDescription } from './providers.ts';
import { headerParts } from './header.test-support.ts';
import { composeHeader, openRootKeys, readSealHeader, type RootKey, writeSealHeader } from './seal-header.ts';
import { installationId, isDisposed, refusalOf, reveal, secretText } from './seal.test-support.ts';

interface Golden {
  readonly name: string;
  readonly keyFile?: string;
  readonly passphrase?: string;
  readonly shares?: readonly string[];
  readonly rootKeys: readonly { readonly id: string; readonly status: string; readonly key: string }[];
  readonly header: unknown;
}

const golden = JSON.parse(
  readFileSync(new URL('../../../../vectors/seal-headers.json', import.meta.url), 'utf8'),
) as readonly Golden[];

/** The document of a header of format 2. */
const latest = golden[1]?.header as Readonly<Record<string, unknown>>;

const shown = (rootKeys: readonly RootKey[]) =>
  rootKeys.map(({ id, status, key }) => ({ id, status, key: reveal(key) }));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('A seal header', () => {
  it.each(golden)('opens for ever: $name', async ({ keyFile, passphrase, shares, rootKeys, header }) => {
    const dataFolder = temporaryFolder();
    if (keyFile !== undefined) writeFileSync(join(dataFolder, 'file-seal.key'), keyFile, { mode: 0o600 });
    const parsed = parseSealHeader(Buffer.from(JSON.stringify(header)), 'seal.json');
    const sealingKey = await openSeal(parsed.seal, {
      installationId: parsed.installationId,
      dataFolder,
      ...(passphrase !== undefined && { passphrase: secretText(passphrase) }),
      ...(shares !== undefined && { shares: shares.slice(1).map(secretText) }),
    });
    expect(shown(openRootKeys(parsed, sealingKey))).toEqual(rootKeys);
  });

  it('opens to the root keys that it was composed of, after a way through a file', () => {
    const path = join(temporaryFolder(), 'seal.json');
    const parts = headerParts();
    writeSealHeader(path, composeHeader(parts));
    const header = readSealHeader(path);
    if (header === undefined) throw new Error('the header was not written');
    expect(header).toMatchObject({ format: 2, installationId, seal: parts.seal });
    expect(shown(openRootKeys(header, parts.sealingKey))).toEqual(shown(parts.rootKeys));
  });

  it('keeps the root keys when it is composed anew under another seal', () => {
    const before = headerParts();
    const opened = openRootKeys(composeHeader(before), before.sealingKey);
    const sealingKey = Secret.random(32);
    const seal: SealDescription = { kind: 'file', parameters: {} };
    const changed = composeHeader({ installationId, seal, sealingKey, rootKeys: opened });
    expect(shown(openRootKeys(changed, sealingKey))).toEqual(shown(before.rootKeys));
  });

  it('wraps anew each time, so that two headers share no wrapped key', () => {
    const parts = headerParts();
    const wrapped = [parts, parts].flatMap((one) => composeHeader(one).rootKeys.map((key) => key.wrapped));
    expect(new Set(wrapped).size).toBe(4);
  });

  it('holds no key in clear', () => {
    const parts = headerParts();
    const text = formatSealHeader(composeHeader(parts));
    for (const secret of [parts.sealingKey, ...parts.rootKeys.map(({ key }) => key)]) {
      for (const encoding of ['base64', 'hex'] as const) {
        expect(text).not.toContain(secret.use((bytes) => bytes.toString(encoding)));
      }
    }
  });

  it('leaves every key to its owner when it is composed', () => {
    const parts = headerParts();
    composeHeader(parts);
    expect([parts.sealingKey, ...parts.rootKeys.map(({ key }) => key)].some(isDisposed)).toBe(false);
  });

  it('is written with mode 0600, whole, in the place of the old one', () => {
    const path = join(temporaryFolder(), 'seal.json');
    writeFileSync(path, 'old', { mode: 0o644 });
    writeSealHeader(path, composeHeader(headerParts()));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8').endsWith('}\n')).toBe(true);
    expect(() => statSync(`${path}.new`)).toThrow(/ENOENT/);
  });
});

describe('No seal header is composed', () => {
  const key = () => Secret.random(32);
  const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];

  it.each<readonly [string, readonly RootKey[]]>([
    ['without a root key', []],
    ['without a current one', [{ id: a, status: 'incoming', key: key() }]],
    [
      'with two current ones',
      [
        { id: a, status: 'current', key: key() },
        { id: b, status: 'current', key: key() },
      ],
    ],
    [
      'with one id twice',
      [
        { id: a, status: 'current', key: key() },
        { id: a, status: 'retiring', key: key() },
      ],
    ],
  ])('%s', (_what, rootKeys) => {
    expect(() => composeHeader({ ...headerParts(), rootKeys })).toThrow('do not fit together');
  });

  it('with a disposed key', () => {
    const parts = headerParts();
    parts.sealingKey.dispose();
    expect(() => composeHeader(parts)).toThrow(/disposed/);
  });
});

describe('No seal header is written', () => {
  it.each<readonly [string, Partial<Parameters<typeof composeHeader>[0]>]>([
    ['with an id that is none', { rootKeys: [{ id: 'x', status: 'current', key: Secret.random(32) }] }],
    ['for an installation without an id', { installationId: 'mine' }],
    [
      'with a root key of another length',
      { rootKeys: [{ id: 'a'.repeat(32), status: 'current', key: Secret.random(31) }] },
    ],
  ])('that would not be read again: %s', (_what, part) => {
    const path = join(temporaryFolder(), 'seal.json');
    writeFileSync(path, 'old');
    expect(() => writeSealHeader(path, composeHeader({ ...headerParts(), ...part }))).toThrow('is damaged');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('in format 1', () => {
    const header = parseSealHeader(Buffer.from(JSON.stringify(golden[0]?.header)), 'seal.json');
    expect(header.format).toBe(1);
    expect(() => writeSealHeader(join(temporaryFolder(), 'seal.json'), header)).toThrow('format 2 only');
  });
});

describe('Root keys are refused', () => {
  const file: SealDescription = { kind: 'file', parameters: {} };

  it('to another sealing key, and none stays open', async () => {
    const header = composeHeader(headerParts());
    const { message } = await refusalOf(() => openRootKeys(header, Secret.random(32)));
    expect(message).toContain('does not open the seal header');
  });

  it('to a sealing key of zeros, whoever gave it', async () => {
    const header = composeHeader(headerParts());
    const zeros = Secret.take(Buffer.alloc(32));
    expect((await refusalOf(() => openRootKeys(header, zeros))).message).toContain('does not open');
  });

  it('with the same words for a wrong passphrase and for a header whose seal was changed', async () => {
    const parts = headerParts();
    const header = composeHeader(parts);
    if (header.seal.kind !== 'passphrase') throw new Error('not the seal expected');
    const seal = { kind: 'passphrase', parameters: { ...header.seal.parameters, passes: 2 } } as const;
    const wrong = await refusalOf(() => openRootKeys(header, Secret.random(32)));
    const changed = await refusalOf(() => openRootKeys({ ...header, seal }, parts.sealingKey));
    expect([changed.message, changed.nextStep]).toEqual([wrong.message, wrong.nextStep]);
    expect(wrong.message).toContain('The passphrase does not open the seal header');
    expect(wrong.isTransient).toBe(false);
  });

  it('where one of them opens and the other does not, and the one is zeroised', async () => {
    const parts = headerParts();
    const header = composeHeader(parts);
    const foreign = composeHeader({ ...parts, sealingKey: Secret.random(32) });
    const rootKeys = header.rootKeys.map((own, at) => (at === 1 ? (foreign.rootKeys[1] ?? own) : own));
    const take = vi.spyOn(Secret, 'take');
    const { message } = await refusalOf(() => openRootKeys({ ...header, rootKeys }, parts.sealingKey));
    expect(message).toContain('seal header was changed');
    const opened = take.mock.results.map(({ value }) => value as Secret);
    expect(opened.length).toBeGreaterThan(0);
    expect(opened.every(isDisposed)).toBe(true);
  });

  it('where current and incoming change places', async () => {
    const parts = headerParts();
    const header = composeHeader(parts);
    const swapped = { current: 'incoming', incoming: 'current', retiring: 'retiring' } as const;
    const rootKeys = header.rootKeys.map((own) => ({ ...own, status: swapped[own.status] }));
    const { message } = await refusalOf(() => openRootKeys({ ...header, rootKeys }, parts.sealingKey));
    expect(message).toContain('seal header was changed');
  });

  it('where a header of format 2 is passed off as one of format 1', async () => {
    const parts = { ...headerParts(), seal: file };
    const current = composeHeader(parts).rootKeys.filter(({ status }) => status === 'current');
    const downgraded = { format: 1, installationId, seal: file, rootKeys: current, mac: undefined } as const;
    const { message } = await refusalOf(() => openRootKeys(downgraded, parts.sealingKey));
    expect(message).toContain('The seal does not open the seal header');
  });

  it('where the MAC is missing', async () => {
    const parts = headerParts();
    const header = { ...composeHeader(parts), mac: undefined };
    expect((await refusalOf(() => openRootKeys(header, parts.sealingKey))).message).toContain('was changed');
  });

  it('to a sealing key that was disposed of, as a mistake', () => {
    const parts = headerParts();
    const header = composeHeader(parts);
    parts.sealingKey.dispose();
    expect(() => openRootKeys(header, parts.sealingKey)).toThrow('The Secret was disposed');
  });
});

describe('A file that is no seal header', () => {
  const written = (content: string | Buffer) => {
    const path = join(temporaryFolder(), 'seal.json');
    writeFileSync(path, content);
    return path;
  };

  it('is undefined where it is not there', () => {
    expect(readSealHeader(join(temporaryFolder(), 'seal.json'))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['half of one', formatSealHeader(composeHeader(headerParts())).slice(0, 200)],
    ['more than one', formatSealHeader(composeHeader(headerParts())).repeat(2)],
    ['megabytes', Buffer.alloc(3_000_000, 0x20)],
    ['a depth of brackets', '['.repeat(65_000)],
    ['bytes that are not UTF-8', Buffer.from('{"format":2,"installationId":"\xff"}', 'latin1')],
    ['a prototype', '{"format":2,"__proto__":{"mac":"x"}}'],
    ['null', 'null'],
    ['format 3', JSON.stringify({ ...latest, format: 3 })],
  ])('is refused: %s', async (_what, content) => {
    const path = written(content);
    const { message, nextStep } = await refusalOf(() => readSealHeader(path));
    expect(message).toBe(`The seal header ${path} is damaged.`);
    expect(nextStep).toBe('Restore it from a backup.');
  });

  it('is refused by the name of a seal that this version does not have', async () => {
    const header = { ...latest, seal: { kind: 'pkcs11', slot: 1 } };
    expect((await refusalOf(() => readSealHeader(written(JSON.stringify(header))))).message).toBe(
      'The seal header names a seal of kind pkcs11, which this version does not have.',
    );
  });

  it.each(['\u001b[2J', '', 'a'.repeat(100), '__proto__', 'constructor', 'File'])(
    'is refused with a kind that is no name, or that every object has: %j',
    async (kind) => {
      const header = { ...latest, seal: { kind } };
      const { message } = await refusalOf(() => readSealHeader(written(JSON.stringify(header))));
      expect(message).toMatch(/is damaged|kind constructor/);
    },
  );

  it('is refused where it is a folder', async () => {
    const path = join(temporaryFolder(), 'seal.json');
    mkdirSync(path);
    expect((await refusalOf(() => readSealHeader(path))).message).toContain('is damaged');
  });

  it.skipIf(process.platform === 'win32')('is refused without waiting where it is a pipe', async () => {
    const path = join(temporaryFolder(), 'seal.json');
    execFileSync('mkfifo', [path]);
    expect((await refusalOf(() => readSealHeader(path))).message).toContain('is damaged');
  });

  it.skipIf(process.platform === 'win32')('is refused where the system does not let us look', async () => {
    const folder = temporaryFolder();
    symlinkSync('seal.json', join(folder, 'seal.json'));
    expect((await refusalOf(() => readSealHeader(join(folder, 'seal.json')))).message).toContain(
      'cannot be read',
    );
  });
});
