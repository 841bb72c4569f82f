import { describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { OptionRefusal } from './option-refusal.ts';
import { type OptionSpec, optionGroups } from './option-spec.ts';
import { optionTable, serviceOptionSpecs } from './options.ts';
import { type Environment, type GivenFlags, resolveOptions } from './resolve-options.ts';

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
    expect(resolveOptions({}, { PATH: '/bin' })).toStrictEqual({
      profile: 'development',
      host: '127.0.0.1',
      port: 4599,
      allowHosts: [],
      tlsCert: undefined,
      tlsKey: undefined,
      tlsClientCa: undefined,
      dataDir: './.keyhaven',
      backupRecipients: [],
      passphraseFd: undefined,
      passphraseFile: undefined,
      adminSocket: undefined,
      adminListen: undefined,
      adminOperators: [],
      journalSync: undefined,
      allowUnsafe: new Set(),
      attestationRoots: undefined,
      grantPropagation: { ms: 0 },
      seed: undefined,
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
    '127.1',
    '',
    ' ',
    '256.0.0.1',
    '1',
    'a b',
    'http://kms.test',
    'kms.test:4599',
    '[127.0.0.1]',
    '[::1',
    ':::',
    '*',
    'kms_.-test',
  ])('refuses to listen on %j, which is no address', (host) => {
    expect(refused({}, { KEYHAVEN_HOST: host }).message).toMatch(
      /^KEYHAVEN_HOST must be an address or name of this machine/,
    );
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['192.168.0.1', '192.168.0.1'],
    ['LocalHost', 'localhost'],
    ['KMS.example.com', 'kms.example.com'],
    ['[::1]', '::1'],
    ['::', '::'],
    ['FE80::1', 'fe80::1'],
  ])('takes the address %j; whether it is safe is asked later', (given, host) => {
    expect(resolveOptions({ '--host': [given] }, {}).host).toBe(host);
  });

  it.each([
    ['0s', 0],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['60m', 3_600_000],
  ])('takes the time %j for grants', (given, ms) => {
    expect(resolveOptions({ '--grant-propagation': [given] }, {}).grantPropagation).toEqual({ ms });
  });

  it.each(['', '5', 'm', '-1s', '1.5m', '1d', '5 m', '61m', '2h', '9999999999s', '1h30m'])(
    'refuses the time %j for grants',
    (given) => {
      expect(refused({}, { KEYHAVEN_GRANT_PROPAGATION: given }).message).toMatch(
        /^KEYHAVEN_GRANT_PROPAGATION must be a time such as 0s, 90s, 5m or 1h, at most 1h, not "/,
      );
    },
  );

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

describe('resolveOptions, of administration', () => {
  const tls = { '--tls-cert': ['c.pem'], '--tls-key': ['k.pem'] };
  const digits = 'AB'.repeat(32);

  it.each([
    ['127.0.0.1:4600', { host: '127.0.0.1', port: 4600 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['Admin.example.com:443', { host: 'admin.example.com', port: 443 }],
  ])('takes the address and port %j', (given, adminListen) => {
    const flags = { ...tls, '--admin-listen': [given], '--admin-operator': [`alice=${digits}`] };
    expect(resolveOptions(flags, {}).adminListen).toEqual(adminListen);
  });

  it.each(['127.0.0.1', ':4600', '127.0.0.1:', '::1:4600', '127.0.0.1:65536', '127.0.0.1:4600:1', ''])(
    'refuses the address and port %j',
    (given) => {
      expect(refused({ '--admin-listen': [given] }).message).toMatch(/must be an address and a port/);
    },
  );

  it('takes operators with fingerprints as openssl prints them, several certificates under one name', () => {
    const colons = Array.from({ length: 32 }, () => 'CD').join(':');
    const given = [`alice=${digits},alice=${colons}`, `bob@example.com=${'0'.repeat(64)}`];
    expect(resolveOptions({ '--admin-operator': given }, {}).adminOperators).toEqual([
      { name: 'alice', fingerprint: 'ab'.repeat(32) },
      { name: 'alice', fingerprint: 'cd'.repeat(32) },
      { name: 'bob@example.com', fingerprint: '0'.repeat(64) },
    ]);
  });

  it.each([
    [`alice=${digits}0`],
    [`alice=${digits.slice(1)}`],
    [`=${digits}`],
    [`-a=${digits}`],
    ['alice'],
    [`alice ${digits}`],
    [`alice=${digits},`],
    [`alice=${digits},bob=${digits.toLowerCase()}`],
    [`socket=${'a'.repeat(64)}`],
    [`start=${'a'.repeat(64)}`],
  ])('refuses the operators %j', (given) => {
    expect(refused({ '--admin-operator': [given] }).source).toBe('flag');
  });

  it('takes recipients of backups of both kinds that age has', () => {
    const given = [`age1${'q'.repeat(58)}`, `age1pq1${'q'.repeat(1900)}`];
    expect(resolveOptions({ '--backup-recipient': given }, {}).backupRecipients).toEqual(given);
  });

  it('refuses a listener that nobody could use, or that cannot tell who uses it', () => {
    expect(refused({ ...tls, '--admin-listen': ['127.0.0.1:1'] }).message).toBe(
      '--admin-listen is given without --admin-operator, so nobody could use it.',
    );
    const flags = { '--admin-listen': ['127.0.0.1:1'], '--admin-operator': [`a=${digits}`] };
    expect(refused(flags).message).toContain('--admin-listen is given without --tls-cert');
  });
});

describe('resolveOptions, of TLS and the seal', () => {
  it.each([
    [{ '--tls-cert': ['c'] }, '--tls-cert is given without --tls-key'],
    [{ '--tls-key': ['k'] }, '--tls-key is given without --tls-cert'],
    [{ '--tls-client-ca': ['a'] }, '--tls-client-ca is given without --tls-cert'],
  ])('refuses half a set: %j', (flags, message) => {
    expect(refused(flags).message).toContain(message);
  });

  it('names half a set as it was given, and asks for the other half there', () => {
    const refusal = refused({}, { KEYHAVEN_TLS_CERT: 'c' });
    expect(refusal.source).toBe('environment');
    expect(refusal.message).toContain('KEYHAVEN_TLS_CERT is given without KEYHAVEN_TLS_KEY');
  });

  it('takes one half from a flag and the other from the environment', () => {
    const options = resolveOptions({ '--tls-key': ['k'] }, { KEYHAVEN_TLS_CERT: 'c' });
    expect(options).toMatchObject({ tlsCert: 'c', tlsKey: 'k' });
  });

  it('refuses two passphrases from the same place', () => {
    expect(refused({ '--passphrase-fd': ['3'], '--passphrase-file': ['p'] }).message).toBe(
      '--passphrase-fd and --passphrase-file are both given.',
    );
  });

  it('lets a passphrase on the command line replace that of the environment', () => {
    const environment = { KEYHAVEN_PASSPHRASE_FILE: 'p' };
    expect(resolveOptions({ '--passphrase-fd': ['0'] }, environment)).toMatchObject({
      passphraseFd: 0,
      passphraseFile: undefined,
    });
  });

  it.each(['1', '2', '-1', '3a', '', ' 3', '1e1'])('refuses the file descriptor %j', (given) => {
    expect(refused({ '--passphrase-fd': [given] }).message).toMatch(
      /^--passphrase-fd must be the number of an open/,
    );
  });

  it('has no variable for the passphrase itself, and does not show what is in one', () => {
    const refusal = refused({}, { KEYHAVEN_PASSPHRASE: 'hunter2' });
    expect(refusal.message + refusal.nextStep).not.toContain('hunter2');
  });
});

describe('resolveOptions, of safety, audit and backups', () => {
  it('takes unsafe things by name, one by one or with commas', () => {
    const flags = { '--allow-unsafe': ['plain-http', 'file-seal, core-dumps'] };
    expect(resolveOptions(flags, {}).allowUnsafe).toEqual(new Set(['plain-http', 'file-seal', 'core-dumps']));
  });

  it.each(['everything', '*', '', 'plain-http,', 'PLAIN-HTTP', 'constructor'])(
    'refuses to allow %j',
    (name) => {
      expect(refused({ '--allow-unsafe': [name] }).message).toMatch(/must be plain-http, .* or core-dumps/);
    },
  );

  it.each([
    ['--profile', 'staging', 'must be development or production'],
    ['--profile', 'Production', 'must be development or production'],
    ['--journal-sync', 'never', 'must be group or second'],
    ['--backup-recipient', 'ssh-ed25519 AAAA', 'must be age recipients'],
    ['--backup-recipient', 'AGE-SECRET-KEY-1QQ', 'must be age recipients'],
    ['--backup-recipient', 'age1', 'must be age recipients'],
  ])('refuses %s %s', (flag, value, message) => {
    expect(refused({ [flag]: [value] }).message).toContain(`${flag} ${message}`);
  });
});

describe('The option table', () => {
  const options = Object.values<OptionSpec>(optionTable);

  it('gives every option its own flag and variable and one sentence', () => {
    expect(new Set(options.map(({ flag }) => flag)).size).toBe(options.length);
    expect(new Set(options.map(({ environment }) => environment)).size).toBe(options.length);
    for (const { doc } of options) expect(doc).toMatch(/^[A-Z][^.]*(?:\.[^ ][^.]*)*\.$/);
  });

  it('names each option in a file as the options themselves do', () => {
    for (const [name, { fileKey }] of Object.entries<OptionSpec>(optionTable)) expect(fileKey).toBe(name);
  });

  it('shows each option and --config under one heading, and has no empty heading', () => {
    expect(serviceOptionSpecs).toHaveLength(options.length + 1);
    expect(new Set(serviceOptionSpecs.map(({ group }) => group))).toEqual(new Set(optionGroups));
  });
});
