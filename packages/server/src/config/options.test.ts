import { describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { OptionRefusal } from './option-refusal.ts';
import { type Environment, type GivenFlags, optionTable, resolveOptions } from './options.ts';

function refused(flags: GivenFlags, environment: Environment = {}): OptionRefusal {
  try {
    resolveOptions(flags, environment);
  } catch (error) {
    if (error instanceof OptionRefusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('resolveOptions', () => {
  it('answers the defaults when nothing is given', () => {
    expect(resolveOptions({}, { PATH: '/bin' })).toEqual({
      host: '127.0.0.1',
      port: 4599,
      dataDir: './.keyhaven',
      seed: undefined,
      allowHosts: [],
    });
  });

  it('lets a flag win over the environment and the environment over the default', () => {
    const environment = {
      KEYHAVEN_PORT: '5000',
      KEYHAVEN_DATA_DIR: '/from/environment',
      KEYHAVEN_SEED: 's.yaml',
    };
    const options = resolveOptions({ '--port': ['0'] }, environment);
    expect(options).toMatchObject({ port: 0, dataDir: '/from/environment', seed: 's.yaml' });
  });

  it('does not read a variable that a flag overrides', () => {
    expect(resolveOptions({ '--port': ['1'] }, { KEYHAVEN_PORT: 'many' }).port).toBe(1);
  });

  it('takes the last of a flag that is given twice', () => {
    expect(resolveOptions({ '--port': ['1', '2'] }, {}).port).toBe(2);
  });

  it.each(['-1', '65536', '4599a', '', ' 80', '0x10', '1e3', '123456'])('refuses the port %j', (port) => {
    const refusal = refused({ '--port': [port] });
    expect(refusal.message).toMatch(/^--port must be a whole number from 0 to 65535 .*, not "/);
    expect(refusal.nextStep).toContain('4599');
  });

  it.each(['0', '65535', '04599'])('takes the port %j', (port) => {
    expect(resolveOptions({ '--port': [port] }, {}).port).toBe(Number(port));
  });

  it.each([
    '0.0.0.0',
    '::',
    '192.168.0.1',
    'example.com',
    'localhost.example.com',
    '127.1',
    '',
    '::ffff:127.0.0.1',
  ])('refuses to listen on %j and says why', (host) => {
    expect(refused({}, { KEYHAVEN_HOST: host }).message).toMatch(
      /^KEYHAVEN_HOST must be a loopback address .*plain HTTP.*well-known credentials/,
    );
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.3.2.1', '127.3.2.1'],
    ['LocalHost', 'localhost'],
    ['[::1]', '::1'],
    ['::1', '::1'],
  ])('listens on the loopback address %j', (given, host) => {
    expect(resolveOptions({ '--host': [given] }, {}).host).toBe(host);
  });

  it('reads extra host names from repeated flags and from a list', () => {
    expect(resolveOptions({ '--allow-host': ['KMS.test, a', '[::1]'] }, {}).allowHosts).toEqual([
      'kms.test',
      'a',
      '[::1]',
    ]);
    expect(resolveOptions({}, { KEYHAVEN_ALLOW_HOST: 'kms.test' }).allowHosts).toEqual(['kms.test']);
  });

  it.each(['http://kms.test', 'kms.test:4599', '*', 'a,,b', '', 'a b', '-a'])(
    'refuses the host name %j',
    (name) => {
      expect(refused({ '--allow-host': [name] }).message).toMatch(/^--allow-host must be host names/);
    },
  );

  it.each(['', ' ', 'a\0b'])('refuses the path %j', (path) => {
    expect(refused({}, { KEYHAVEN_DATA_DIR: path }).message).toMatch(/^KEYHAVEN_DATA_DIR must be a path/);
    expect(refused({ '--seed': [path] }).nextStep).toBe('Give another value or leave the flag out.');
  });

  it('refuses an unknown variable of ours and names the one that was probably meant', () => {
    const refusal = refused({}, { KEYHAVEN_PROT: '1' });
    expect(refusal).toBeInstanceOf(StartRefusal);
    expect(refusal.message).toBe('Keyhaven has no environment variable KEYHAVEN_PROT.');
    expect(refusal.nextStep).toBe('Did you mean KEYHAVEN_PORT?');
    expect(refusal.source).toBe('environment');
  });

  it('names what exists when nothing is near', () => {
    expect(refused({}, { KEYHAVEN_XYLOPHONE_QUALITY: '1' }).nextStep).toContain('KEYHAVEN_DATA_DIR');
  });

  it('refuses an unknown flag', () => {
    const refusal = refused({ '--data-dri': ['x'] });
    expect(refusal).toMatchObject({ source: 'flag', nextStep: 'Did you mean --data-dir?' });
  });

  it('shows at most a hundred characters of a wrong value', () => {
    expect(refused({ '--port': ['9'.repeat(5000)] }).message.length).toBeLessThan(250);
  });
});

it('gives every option its own flag and variable and one sentence', () => {
  const options = Object.values(optionTable);
  expect(new Set(options.map(({ flag }) => flag)).size).toBe(options.length);
  expect(new Set(options.map(({ environment }) => environment)).size).toBe(options.length);
  for (const { doc } of options) expect(doc).toMatch(/^[A-Z][^.]*(?:\.[^ ][^.]*)*\.$/);
});
