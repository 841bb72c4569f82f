import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOptions, loadServicePlace } from './load-options.ts';
import { OptionRefusal } from './option-refusal.ts';
import type { GivenFlags } from './resolve-options.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const file = () => join(folder, 'keyhaven.yaml');

function load(text: string | Uint8Array, flags: GivenFlags = {}, environment: Record<string, string> = {}) {
  writeFileSync(file(), text, { mode: 0o600 });
  return loadOptions({ '--data-dir': [folder], ...flags }, environment);
}

function refusalOf(load: () => unknown): OptionRefusal {
  try {
    load();
  } catch (error) {
    if (error instanceof OptionRefusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('The configuration file', () => {
  it('is read from the data folder and gives whatever flags and environment do not', () => {
    const text = 'port: 1\nhost: 10.0.0.1\nprofile: production\nallowHosts:\n  - kms.test\n  - "[::1]"\n';
    const options = load(text, { '--port': ['3'] }, { KEYHAVEN_HOST: '10.0.0.2', KEYHAVEN_PORT: '2' });
    expect(options).toMatchObject({
      port: 3,
      host: '10.0.0.2',
      profile: 'production',
      allowHosts: ['kms.test', '[::1]'],
    });
  });

  it('may be missing, empty, or hold comments only', () => {
    expect(loadOptions({ '--data-dir': [folder] }, {}).port).toBe(4599);
    expect(load('').port).toBe(4599);
    expect(load('# port: 1\n').port).toBe(4599);
    expect(load('allowHosts: []\n').allowHosts).toEqual([]);
  });

  it('gives paths that are relative to its own folder', () => {
    const options = load('tlsCert: tls/cert.pem\ntlsKey: /etc/key.pem\n');
    expect(options).toMatchObject({ tlsCert: join(folder, 'tls/cert.pem'), tlsKey: '/etc/key.pem' });
  });

  it('leaves paths of flags and variables relative to where the command was called', () => {
    expect(load('', { '--seed': ['s.yaml'] }).seed).toBe('s.yaml');
  });

  it('stands where --config or KEYHAVEN_CONFIG says, and may name the data folder there', () => {
    const elsewhere = join(folder, 'etc.yaml');
    writeFileSync(elsewhere, 'dataDir: data\nport: 7\n', { mode: 0o600 });
    const expected = { dataDir: join(folder, 'data'), port: 7 };
    expect(loadOptions({ '--config': [elsewhere] }, {})).toMatchObject(expected);
    expect(loadOptions({}, { KEYHAVEN_CONFIG: elsewhere })).toMatchObject(expected);
  });

  it('is refused where --config names none', () => {
    const missing = join(folder, 'missing.yaml');
    expect(refusalOf(() => loadOptions({ '--config': [missing] }, {})).message).toContain(
      `There is no configuration file ${missing}`,
    );
  });

  it('is refused where it stands in one data folder and names another', () => {
    expect(refusalOf(() => load('port: 1\ndataDir: other\n')).message).toMatch(
      /wrong in line 2: dataDir names another folder than/,
    );
    expect(load('dataDir: .\n').dataDir).toBe(folder);
  });

  it('may be overruled even where its value is malformed', () => {
    expect(load('port: 99999\n', { '--port': ['5'] }).port).toBe(5);
  });

  it('is no place for what --config itself says', () => {
    expect(refusalOf(() => load('config: other.yaml\n')).message).toContain('config is no option');
  });
});

describe('A configuration file is refused with the line for', () => {
  it.each<[string, string, number, RegExp]>([
    [
      'an unknown name',
      'port: 1\nadminSoket: a\n',
      2,
      /adminSoket is no option .*did you mean adminSocket\?/,
    ],
    ['a name of a flag', 'data-dir: a\n', 1, /data-dir is no option/],
    ['an empty name', '"": a\n', 1, /a name that is no option/],
    ['a name like a secret', '"correct horse battery staple": a\n', 1, /it has a name that is no option/],
    ['a prototype', 'constructor: a\n', 1, /constructor is no option/],
    ['a port in words', '\nport: many\n', 2, /port must be a number/],
    ['a port in quotes', 'port: "4599"\n', 1, /port must be a number/],
    [
      'a port out of range',
      'port: 65536\n',
      1,
      /port must be a whole number from 0 to 65535 .*, not "65536"/,
    ],
    ['a port in hexadecimal', 'port: 0x10\n', 1, /port must be a whole number/],
    ['a port with a fraction', 'port: 1.5\n', 1, /port must be a whole number/],
    ['a host that is a number', 'host: 127\n', 1, /host must be in quotes/],
    ['a path that is true', 'seed: true\n', 1, /seed must be in quotes/],
    ['no value', 'host: a\nseed:\n', 2, /seed has no value/],
    ['a text for a list', 'allowHosts: kms.test\n', 1, /allowHosts must be a list/],
    ['a list for a text', 'host:\n  - a\n', 2, /host must be text/],
    ['a mapping for a text', 'host: {a: b}\n', 1, /host must be text/],
    ['a list in a list', 'allowHosts:\n  - a\n  - [b]\n', 3, /allowHosts must be text/],
    ['a number in a list', 'allowHosts:\n  - 1\n', 2, /allowHosts must be in quotes/],
    [
      'a value that the option does not take',
      'profile: staging\n',
      1,
      /profile must be development or produ/,
    ],
    ['a name given twice', 'port: 1\nport: 2\n', 2, /it names the same option twice/],
    ['a tag', 'host: !!binary aGk=\n', 1, /tag/],
    ['a tag of its own', 'host: !env HOME\n', 1, /tag/],
    ['an anchor', 'host: &h localhost\n', 1, /host must be text, without anchor/],
    ['an alias', 'host: localhost\nseed: *h\n', 2, /alias/],
    ['an anchored list', 'allowHosts: &l\n  - a\n', 2, /allowHosts must be a list/],
    ['a merge', '<<: {port: 1}\n', 1, /a name that is no option/],
    ['a second document', 'port: 1\n---\nport: 2\n', 2, /second YAML document/],
    ['a list of everything', '- port\n', 1, /it must be a list of lines such as "port: 4599"/],
    ['a text', 'hello\n', 1, /it must be a list of lines/],
    ['a tab', 'allowHosts:\n\t- a\n', 2, /tab/],
    ['an open bracket', 'allowHosts: [a\n', 2, /not indented|well-formed/],
    ['a name that is a list', '[a, b]: c\n', 1, /name/],
  ])('%s', (_what, text, line, rule) => {
    const { message, nextStep, source } = refusalOf(() => load(text));
    expect(message).toContain(`The configuration file ${file()} is wrong in line ${line}: `);
    expect(message).toMatch(rule);
    expect(nextStep).toBe('Correct the line, or take it out, and start again.');
    expect(source).toBe('file');
  });

  it.each<[string, string]>([
    ['nested ten thousand times', `allowHosts: ${'['.repeat(10_000)}`],
    ['that blows up through aliases', `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nallowHosts: [*c,*c]\n`],
  ])('text %s, without expanding it', (_what, text) => {
    expect(refusalOf(() => load(text)).message).toMatch(/ is wrong in line \d+: /);
  });

  it('does not show a secret that stands in the place of a name', () => {
    const { message, nextStep } = refusalOf(() => load('? "hunter2 hunter2"\n: x\n'));
    expect(message + nextStep).not.toContain('hunter2');
  });
});

describe('A configuration file is refused as a whole where', () => {
  it.each([0o620, 0o602, 0o666])('its mode is %o: others could write it', (mode) => {
    writeFileSync(file(), 'port: 1\n');
    chmodSync(file(), mode);
    const { message, nextStep } = refusalOf(() => loadOptions({ '--data-dir': [folder] }, {}));
    expect(message).toBe(`The configuration file ${file()} can be written by other users of this machine.`);
    expect(nextStep).toBe(`Run: chmod go-w ${file()}`);
  });

  it.each([0o600, 0o400, 0o644])('but not where its mode is %o', (mode) => {
    writeFileSync(file(), 'port: 1\n');
    chmodSync(file(), mode);
    expect(loadOptions({ '--data-dir': [folder] }, {}).port).toBe(1);
  });

  it('it is larger than 64 KiB', () => {
    expect(refusalOf(() => load(`# ${'x'.repeat(65_536)}\n`)).message).toContain('is larger than 64 KiB');
  });

  it('it is not UTF-8', () => {
    expect(refusalOf(() => load(Buffer.from([0x23, 0xff]))).message).toContain('is not UTF-8 text');
  });

  it('it is a folder', () => {
    mkdirSync(file());
    expect(refusalOf(() => loadOptions({ '--data-dir': [folder] }, {})).message).toContain('is not a file');
  });

  it('it is a pipe, which would keep the start waiting', () => {
    expect(spawnSync('mkfifo', [file()]).status).toBe(0);
    chmodSync(file(), 0o600);
    expect(refusalOf(() => loadOptions({ '--data-dir': [folder] }, {})).message).toContain('is not a file');
  });

  it.skipIf(process.getuid?.() !== 0)('it belongs to another user than root', () => {
    writeFileSync(file(), 'port: 1\n', { mode: 0o600 });
    chownSync(file(), 65_534, 65_534);
    expect(refusalOf(() => loadOptions({ '--data-dir': [folder] }, {})).message).toContain(
      'belongs to the user with id 65534',
    );
  });
});

describe('loadServicePlace', () => {
  it('finds the socket in the data folder', () => {
    expect(loadServicePlace({ '--data-dir': [folder] }, {})).toEqual({
      dataDir: folder,
      adminSocket: join(folder, 'admin.sock'),
    });
  });

  it('finds it where the configuration file says, and where a flag says otherwise', () => {
    writeFileSync(file(), 'adminSocket: run/a.sock\nport: 99999\n', { mode: 0o600 });
    const flags = { '--data-dir': [folder] };
    expect(loadServicePlace(flags, {}).adminSocket).toBe(join(folder, 'run/a.sock'));
    expect(loadServicePlace({ ...flags, '--admin-socket': ['/b.sock'] }, {}).adminSocket).toBe('/b.sock');
  });

  it('finds the folder of a configuration file that is named', () => {
    writeFileSync(file(), 'dataDir: data\n', { mode: 0o600 });
    expect(loadServicePlace({ '--config': [file()] }, {}).dataDir).toBe(join(folder, 'data'));
  });

  it('refuses a malformed configuration file and an unknown variable as a start does', () => {
    writeFileSync(file(), 'adminSoket: a\n', { mode: 0o600 });
    expect(refusalOf(() => loadServicePlace({ '--data-dir': [folder] }, {})).source).toBe('file');
    expect(refusalOf(() => loadServicePlace({}, { KEYHAVEN_DATADIR: 'x' })).source).toBe('environment');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'lets root follow the file of the user whom the folder belongs to',
    () => {
      writeFileSync(file(), 'adminSocket: a.sock\n', { mode: 0o600 });
      chownSync(file(), 65_534, 65_534);
      expect(refusalOf(() => loadServicePlace({ '--data-dir': [folder] }, {})).source).toBe('file');
      chownSync(folder, 65_534, 65_534);
      expect(loadServicePlace({ '--data-dir': [folder] }, {}).adminSocket).toBe(join(folder, 'a.sock'));
    },
  );
});
