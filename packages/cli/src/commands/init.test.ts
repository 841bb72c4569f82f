import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { loadOptions, StartRefusal } from '@keyhaven/server/config';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerRequest, ServerSecrets } from '../init/make-installation.ts';
import { report } from '../run-command.ts';
import { runKeyhaven } from '../running-command.test-support.ts';
import { fakeTerminal } from '../terminal/fake-terminal.test-support.ts';
import { addInit } from './init.ts';

let folder: string;
let dataDir: string;
/** What the server was asked for, secrets as text. */
let requests: unknown[];
/** Called while the server makes its part. */
let meanwhile: () => void;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-init-'));
  dataDir = join(folder, 'data');
  requests = [];
  meanwhile = () => undefined;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** In the place of the server: lays its marker down, writes what it writes, and the seal header last. */
async function initInstallation(
  request: ServerRequest,
  handOut: (secrets: ServerSecrets) => Promise<void>,
): Promise<void> {
  const { seal } = request;
  const passphrase = 'passphrase' in seal ? seal.passphrase.use((bytes) => bytes.toString()) : undefined;
  requests.push({ ...request, seal: passphrase === undefined ? seal : { ...seal, passphrase } });
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataDir, 'init-unfinished'), '');
  writeFileSync(join(dataDir, 'keyhaven.db'), 'rows');
  meanwhile();
  const hide = (text: string) => Secret.take(Buffer.from(text));
  const total = seal.kind === 'shamir' ? seal.total : 0;
  await handOut({
    installationId: '1234abcd-12ab-34cd-56ef-1234567890ab',
    accountId: request.accountId ?? '111122223333',
    accessKeyId: 'AKIANEW',
    secretAccessKey: hide('wJalr/secret'),
    shares: Array.from({ length: total }, (_, n) => hide(`SHARE-${n + 1}`)),
  });
  writeFileSync(join(dataDir, 'seal.json'), '{}');
  rmSync(join(dataDir, 'init-unfinished'));
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function init(
  args: readonly string[],
  given: { readonly answers?: readonly string[]; readonly input?: string } = {},
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const fake = fakeTerminal(given);
  const { terminal } = fake;
  const program = new Command('keyhaven').exitOverride().configureOutput({
    writeErr: (text) => terminal.errors.write(text),
  });
  addInit(program, { version: '1.2.3', environment, terminal }, () => Promise.resolve({ initInstallation }));
  let exitCode = 0;
  try {
    await program.parseAsync(['init', ...args], { from: 'user' });
  } catch (error) {
    exitCode = report(error, terminal);
  }
  await new Promise((resolve) => setImmediate(resolve));
  return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
}

const tls = ['--tls-self-signed', 'kms.example.com,10.0.0.7,::1'];

function passphraseFile(text = 'correct horse battery staple\n'): string {
  const path = join(folder, 'passphrase');
  writeFileSync(path, text);
  return path;
}

const withPassphrase = () => [
  '--data-dir',
  dataDir,
  '--seal',
  'passphrase',
  '--passphrase-file',
  passphraseFile(),
  ...tls,
];

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('keyhaven init', () => {
  it('makes everything from flags alone, each file for this user only', async () => {
    const { exitCode, stdout, stderr } = await init([...withPassphrase(), '--account-id', '444455556666']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(requests).toMatchObject([
      { seal: { kind: 'passphrase', passphrase: 'correct horse battery staple' }, accountId: '444455556666' },
    ]);
    const names = ['keyhaven.db', 'keyhaven.yaml', 'seal.json', 'tls-cert.pem', 'tls-key.pem'];
    expect(readdirSync(dataDir)).toEqual(names);
    expect(modeOf(dataDir)).toBe(0o700);
    for (const name of ['keyhaven.yaml', 'tls-cert.pem', 'tls-key.pem']) {
      expect(modeOf(join(dataDir, name))).toBe(0o600);
    }
    expect(stdout).toContain('Secret access key  wJalr/secret\n');
    expect(stdout).toContain(`keyhaven serve --data-dir ${dataDir}\n`);
    expect(stdout).toContain(`keyhaven unseal --data-dir ${dataDir}\n`);
    expect(stdout).toContain(`AWS_CA_BUNDLE=${dataDir}/tls-cert.pem`);
    expect(stdout).toContain('aws --endpoint-url https://kms.example.com:4599 kms create-key');
  });

  it('writes a configuration that serve reads: production, with its certificate, whose names are allowed', async () => {
    await init([...withPassphrase(), '--host', '0.0.0.0', '--port', '443', '--allow-host', 'kms.test']);
    expect(loadOptions({ '--data-dir': [dataDir] }, {})).toMatchObject({
      profile: 'production',
      host: '0.0.0.0',
      port: 443,
      tlsCert: join(dataDir, 'tls-cert.pem'),
      tlsKey: join(dataDir, 'tls-key.pem'),
      allowHosts: ['kms.test', 'kms.example.com', '10.0.0.7', '[::1]'],
      allowUnsafe: new Set(),
    });
  });

  it('makes a certificate that OpenSSL takes for its names and addresses, and no other', async () => {
    await init(withPassphrase());
    const cert = join(dataDir, 'tls-cert.pem');
    const verify = (...check: readonly string[]) =>
      spawnSync('openssl', [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-CAfile',
        cert,
        ...check,
        cert,
      ]).status;
    expect(verify('-verify_hostname', 'kms.example.com')).toBe(0);
    expect(verify('-verify_ip', '10.0.0.7')).toBe(0);
    expect(verify('-verify_ip', '::1')).toBe(0);
    expect(verify('-verify_hostname', 'other.example.com')).not.toBe(0);
    const text = spawnSync('openssl', ['x509', '-in', cert, '-noout', '-text'], { encoding: 'utf8' }).stdout;
    expect(text).toContain('NIST CURVE: P-256');
    expect(text).toContain('CA:FALSE');
    const days = spawnSync('openssl', ['x509', '-in', cert, '-noout', '-dates'], { encoding: 'utf8' }).stdout;
    const [from = 0, until = 0] = days.match(/=(.*)/g)?.map((one) => Date.parse(one.slice(1))) ?? [];
    expect((until - from) / 86_400_000).toBe(397);
  });

  it('takes a certificate that is there, with the names in it', async () => {
    const [cert, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
    const subject = [
      '-subj',
      '/CN=x',
      '-addext',
      'subjectAltName=DNS:KMS.example.com,DNS:*.example.com,IP:::1',
    ];
    const make = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      ...subject,
    ];
    expect(spawnSync('openssl', [...make, '-out', cert, '-keyout', key]).status).toBe(0);
    const flags = ['--seal', 'passphrase', '--passphrase-file', passphraseFile()];
    const outcome = await init(['--data-dir', dataDir, ...flags, '--tls-cert', cert, '--tls-key', key]);
    expect(outcome.exitCode).toBe(0);
    expect(loadOptions({ '--data-dir': [dataDir] }, {})).toMatchObject({
      tlsCert: cert,
      tlsKey: key,
      allowHosts: ['kms.example.com', '[::1]'],
    });
    expect(existsSync(join(dataDir, 'tls-key.pem'))).toBe(false);
  });

  it('writes the configuration where --config says, and names the data folder there', async () => {
    const config = join(folder, 'etc.yaml');
    const { stdout } = await init([...withPassphrase(), '--config', config]);
    expect(existsSync(join(dataDir, 'keyhaven.yaml'))).toBe(false);
    expect(loadOptions({ '--config': [config] }, {})).toMatchObject({
      dataDir,
      tlsCert: join(dataDir, 'tls-cert.pem'),
    });
    expect(stdout).toContain(`keyhaven serve --config ${config}\n`);
  });

  it('takes its answers from a file, and a flag before that', async () => {
    const answers = join(folder, 'answers.yaml');
    const recipient = `age1${'q'.repeat(58)}`;
    writeFileSync(
      answers,
      `dataDir: data\nseal: shamir\nshares: 5\nthreshold: 3\nsharesDir: shares\ntlsSelfSigned: [kms.test]\n` +
        `backupRecipients: [${recipient}]\naccountId: "444455556666"\nport: 1\n`,
      { mode: 0o600 },
    );
    const { exitCode, stdout } = await init(['--answers', answers, '--port', '2']);
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([
      { seal: { kind: 'shamir', total: 5, threshold: 3 }, accountId: '444455556666' },
    ]);
    expect(loadOptions({ '--data-dir': [dataDir] }, {})).toMatchObject({
      port: 2,
      backupRecipients: [recipient],
    });
    expect(readFileSync(join(folder, 'shares/share-5.txt'), 'utf8')).toBe('SHARE-5\n');
    expect(stdout).not.toContain('SHARE-5');
    expect(stdout).toContain('once for each of 3 shares');
  });

  it('asks on a terminal for folder, seal, secret and names, and for nothing else', async () => {
    const secret = 'correct horse battery staple';
    const { exitCode, stderr } = await init([], {
      answers: [dataDir, 'paper', 'passphrase', 'kms.test', secret, secret],
    });
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([{ seal: { kind: 'passphrase', passphrase: secret } }]);
    expect(stderr).toContain('Data folder [./.keyhaven]: ');
    expect(stderr).toContain('Write one of passphrase, shamir, kms, file.');
    expect(stderr).not.toContain(secret);
    expect(loadOptions({ '--data-dir': [dataDir] }, {}).allowHosts).toEqual(['kms.test']);
  });

  it.each([
    ['shamir', ['shamir', '1', '', '9', ''], { kind: 'shamir', total: 5, threshold: 3 }],
    ['kms', ['kms', '', 'alias/k', 'eu-west-2'], { kind: 'kms', keyId: 'alias/k', region: 'eu-west-2' }],
  ])('asks for what the %s seal needs', async (_kind, answers, seal) => {
    expect((await init(['--data-dir', dataDir, ...tls], { answers })).exitCode).toBe(0);
    expect(requests).toMatchObject([{ seal }]);
  });

  it('hands the KMS seal its endpoint and the absolute path of its authorities', async () => {
    const kms = ['--seal', 'kms', '--kms-key-id', 'k', '--kms-region', 'eu-west-2'];
    const more = ['--kms-endpoint', 'https://kms.other', '--kms-ca-file', 'ca.pem'];
    expect((await init(['--data-dir', dataDir, ...tls, ...kms, ...more])).exitCode).toBe(0);
    const seal = { endpoint: 'https://kms.other', caFile: join(process.cwd(), 'ca.pem') };
    expect(requests).toMatchObject([{ seal }]);
  });

  it('writes credentials into a file, and shares into others, instead of showing them', async () => {
    const shamir = [
      '--seal',
      'shamir',
      '--shares',
      '3',
      '--threshold',
      '2',
      '--shares-dir',
      join(folder, 'shares'),
    ];
    const credentials = join(folder, 'root.ini');
    const { stdout } = await init([
      '--data-dir',
      dataDir,
      ...tls,
      ...shamir,
      '--credentials-file',
      credentials,
    ]);
    expect(stdout).not.toMatch(/wJalr|SHARE-/);
    expect(readFileSync(credentials, 'utf8')).toContain('aws_secret_access_key = wJalr/secret\n');
    expect(modeOf(credentials)).toBe(0o600);
    expect(stdout).toContain(`AWS_SHARED_CREDENTIALS_FILE=${credentials}`);
  });

  it('takes a folder that is there and empty, or holds what every file system puts there', async () => {
    mkdirSync(join(dataDir, 'lost+found'), { recursive: true });
    expect((await init(withPassphrase())).exitCode).toBe(0);
  });

  it('serves plain HTTP only where that is allowed by name', async () => {
    const flags = withPassphrase().slice(0, -tls.length);
    const { exitCode, stdout } = await init([...flags, '--allow-unsafe', 'plain-http']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('aws --endpoint-url http://127.0.0.1:4599 kms create-key');
    expect(loadOptions({ '--data-dir': [dataDir] }, {}).allowUnsafe).toEqual(new Set(['plain-http']));
  });
});

describe('keyhaven init refuses, and makes nothing:', () => {
  const nothingMade = () => {
    expect(requests).toEqual([]);
    expect(existsSync(dataDir)).toBe(false);
  };

  it('what it is not told, all of it at once, where there is nobody to ask', async () => {
    const { exitCode, stdout, stderr } = await init(['--data-dir', dataDir]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      /\n {2}--seal KIND: .*\n {2}--tls-cert FILE and --tls-key FILE, or --tls-self-signed/,
    );
    nothingMade();
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'a seal without its passphrase',
      ['--seal', 'passphrase', ...tls],
      /--passphrase-file FILE or --passphrase-fd/,
    ],
    ['shares without their number', ['--seal', 'shamir', '--threshold', '2', ...tls], /--shares NUMBER/],
    ['a KMS seal without its Region', ['--seal', 'kms', '--kms-key-id', 'k', ...tls], /--kms-region REGION/],
    [
      'more shares needed than there are',
      ['--seal', 'shamir', '--shares', '2', '--threshold', '3'],
      /cannot be needed/,
    ],
    ['a seal that does not exist', ['--seal', 'paper'], /--seal must be passphrase, shamir, kms or file/],
    [
      'options of another seal',
      ['--seal', 'file', '--shares', '3'],
      /--shares is of use to the shamir seal only/,
    ],
    ['two passphrases', ['--passphrase-fd', '3', '--passphrase-file', 'p'], /are both given/],
    [
      'a certificate without its key',
      ['--seal', 'file', '--tls-cert', 'c.pem'],
      /of no use without each other/,
    ],
    ['two certificates', ['--seal', 'file', '--tls-cert', 'c', '--tls-key', 'k', ...tls], /one is given/],
    [
      'a name that is none',
      ['--tls-self-signed', 'kms.test,https://x'],
      /--tls-self-signed must be an address/,
    ],
    ['an account id of words', ['--account-id', 'payments'], /--account-id must be 12 digits/],
    ['sixty-five shares', ['--shares', '65'], /--shares must be a whole number from 2 to 64/],
    ['an unknown option', ['--passphrase', 'hunter2'], /unknown option '--passphrase'/],
  ])('%s, as wrong usage', async (_what, args, stderr) => {
    const outcome = await init(['--data-dir', dataDir, ...args]);
    expect(outcome.stderr).toMatch(stderr);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    nothingMade();
  });

  it.each<[string, readonly string[], RegExp]>([
    ['the file seal', ['--seal', 'file', ...tls], /file-seal: .*\n.*\n.*--allow-unsafe file-seal/],
    [
      'the file seal beyond TLS',
      ['--seal', 'file', '--allow-unsafe', 'plain-http'],
      /--allow-unsafe file-seal$/m,
    ],
    [
      'a certificate that is not there',
      ['--tls-cert', '/none/c', '--tls-key', '/none/k'],
      /key \/none\/k cannot be/,
    ],
  ])('%s, as a start would', async (_what, args, stderr) => {
    const seal = args.includes('--seal')
      ? []
      : ['--seal', 'passphrase', '--passphrase-file', passphraseFile()];
    const outcome = await init(['--data-dir', dataDir, ...seal, ...args]);
    expect(outcome.stderr).toMatch(stderr);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    nothingMade();
  });

  it('a text that is no certificate', async () => {
    const path = passphraseFile('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const args = ['--seal', 'kms', '--kms-key-id', 'k', '--kms-region', 'eu-west-2'];
    const outcome = await init(['--data-dir', dataDir, ...args, '--tls-cert', path, '--tls-key', path]);
    expect(outcome.stderr).toContain(`The certificate ${path} cannot be read.`);
    nothingMade();
  });

  it('an empty passphrase', async () => {
    const args = ['--seal', 'passphrase', '--passphrase-file', passphraseFile('\n'), ...tls];
    expect((await init(['--data-dir', dataDir, ...args])).stderr).toContain('The passphrase is empty');
    nothingMade();
  });

  it.each([['--credentials-file'], ['--config']])('to write over what %s names', async (flag) => {
    const path = join(folder, 'taken');
    writeFileSync(path, 'older');
    const outcome = await init([...withPassphrase(), flag, path]);
    expect(outcome.stderr).toContain('is there already and is not overwritten');
    expect(readFileSync(path, 'utf8')).toBe('older');
    nothingMade();
  });

  it('an answers file with an unknown name, or one that others can write', async () => {
    const answers = join(folder, 'answers.yaml');
    writeFileSync(answers, 'seal: file\nsele: file\n', { mode: 0o600 });
    const outcome = await init(['--answers', answers]);
    expect(outcome.stderr).toMatch(
      /The answers file .* wrong in line 2: sele is no option .*did you mean seal\?/,
    );
    chmodSync(answers, 0o666);
    expect((await init(['--answers', answers])).stderr).toContain('can be written by other users');
    expect((await init(['--answers', `${answers}2`])).stderr).toContain('There is no answers file');
    nothingMade();
  });

  it('an unknown variable of ours', async () => {
    const outcome = await init(withPassphrase(), {}, { KEYHAVEN_PASSPHRASE: 'hunter2' });
    expect(outcome.stderr).toContain('no environment variable KEYHAVEN_PASSPHRASE');
    expect(outcome.stderr).not.toContain('hunter2');
    nothingMade();
  });

  it('at Ctrl-C', async () => {
    expect(await init(tls, { answers: [dataDir, '\u0003'] })).toMatchObject({ exitCode: 130, stdout: '' });
    nothingMade();
  });
});

describe('keyhaven init leaves alone', () => {
  it.each<[string, readonly string[], RegExp]>([
    [
      'an installation',
      ['seal.json', 'keyhaven.db'],
      /holds an installation already.\nStart it with: keyhaven serve/,
    ],
    [
      'one that lost its header',
      ['keyhaven.db', 'journal'],
      /a database but no seal header.\nRestore seal.json/,
    ],
    ["somebody else's folder", ['letter.txt'], /is not empty: it holds letter.txt/],
    ['a folder with a hidden file', ['.git'], /is not empty: it holds \.git/],
    [
      'what is not left by an earlier call alone',
      ['init-unfinished', 'letter.txt'],
      /it holds letter\.txt\./,
    ],
    ['names of ours without a mark of ours', ['journal', 'lock'], /is not empty: it holds journal, lock\./],
  ])('%s', async (_what, names, stderr) => {
    mkdirSync(dataDir);
    for (const name of names) writeFileSync(join(dataDir, name), name);
    const outcome = await init(withPassphrase());
    expect(outcome.stderr).toMatch(stderr);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(readdirSync(dataDir).toSorted()).toEqual(names.toSorted());
    expect(requests).toEqual([]);
  });

  it('a file in the place of the folder', async () => {
    writeFileSync(dataDir, '');
    expect((await init(withPassphrase())).stderr).toContain('is not a folder');
  });
});

describe('keyhaven init that is cut short', () => {
  /** What a kill at this moment would leave. */
  function kill(): readonly string[] {
    const killed = join(folder, 'killed');
    cpSync(dataDir, killed, { recursive: true });
    return readdirSync(killed);
  }

  /** Runs once more, on what the kill left. */
  async function initAgain(): Promise<Outcome> {
    rmSync(dataDir, { recursive: true });
    renameSync(join(folder, 'killed'), dataDir);
    return init(withPassphrase());
  }

  it('while the server is at work leaves no installation, and the next call begins anew', async () => {
    let left: readonly string[] = [];
    meanwhile = () => {
      left = kill();
      meanwhile = () => undefined;
    };
    expect((await init(withPassphrase())).exitCode).toBe(0);
    expect(left).toEqual(['init-unfinished', 'keyhaven.db']);
    const again = await initAgain();
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toContain('this one begins anew');
  });

  it('while the secrets are handed out leaves no installation but its files, which the next call replaces', async () => {
    const fake = fakeTerminal();
    let left: readonly string[] = [];
    const write = fake.terminal.output.write.bind(fake.terminal.output);
    Object.assign(fake.terminal.output, {
      write: (text: string, done: () => void) => {
        if (left.length === 0) left = kill();
        return write(text, done);
      },
    });
    const program = new Command('keyhaven');
    const context = { version: '1', environment: {}, terminal: fake.terminal };
    addInit(program, context, () => Promise.resolve({ initInstallation }));
    await program.parseAsync(['init', ...withPassphrase()], { from: 'user' });
    expect(left).toEqual(['init-unfinished', 'keyhaven.db', 'keyhaven.yaml', 'tls-cert.pem', 'tls-key.pem']);
    const cert = readFileSync(join(folder, 'killed/tls-cert.pem'), 'utf8');
    expect((await initAgain()).exitCode).toBe(0);
    expect(readFileSync(join(dataDir, 'tls-cert.pem'), 'utf8')).not.toBe(cert);
  });

  it('by a failure of the server leaves no file of the secrets behind', async () => {
    meanwhile = () => {
      throw new StartRefusal('The disk is full.', 'Make room.');
    };
    const files = ['--credentials-file', join(folder, 'root.ini'), '--config', join(folder, 'etc.yaml')];
    const outcome = await init([...withPassphrase(), ...files]);
    expect(outcome).toEqual({ exitCode: 1, stdout: '', stderr: 'keyhaven: The disk is full.\nMake room.\n' });
    expect(readdirSync(folder)).toEqual(['data', 'passphrase']);
    expect(readdirSync(dataDir)).toEqual(['init-unfinished', 'keyhaven.db']);
  });

  it('by a reader that goes away before the secrets are shown makes no installation', async () => {
    const fake = fakeTerminal();
    fake.terminal.output.destroy();
    const program = new Command('keyhaven');
    const context = { version: '1', environment: {}, terminal: fake.terminal };
    addInit(program, context, () => Promise.resolve({ initInstallation }));
    await expect(program.parseAsync(['init', ...withPassphrase()], { from: 'user' })).rejects.toThrow();
    expect(readdirSync(dataDir)).toEqual(['init-unfinished', 'keyhaven.db']);
  });

  it('by a file that another program makes meanwhile does not overwrite it', async () => {
    const config = join(folder, 'etc.yaml');
    meanwhile = () => {
      writeFileSync(config, 'of another program');
    };
    const outcome = await init([...withPassphrase(), '--config', config]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(readFileSync(config, 'utf8')).toBe('of another program');
    expect(readdirSync(dataDir)).not.toContain('seal.json');
  });
});

describe('keyhaven init, with the server itself,', () => {
  const args = () => [
    ...['init', '--data-dir', dataDir, '--seal', 'file', '--allow-unsafe', 'file-seal'],
    ...[
      '--tls-self-signed',
      'localhost',
      '--account-id',
      '444455556666',
      '--credentials-file',
      join(folder, 'c.ini'),
    ],
  ];

  it('makes an installation that a second call leaves alone', async () => {
    const { exitCode, stdout } = await runKeyhaven(args()).ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Account            444455556666');
    expect(readdirSync(dataDir)).toEqual(
      expect.arrayContaining(['seal.json', 'keyhaven.db', 'keyhaven.yaml']),
    );
    expect(readFileSync(join(folder, 'c.ini'), 'utf8')).toMatch(
      /aws_access_key_id = AKIA[A-Z2-7]{16}\naws_secret_access_key = \S{40}\n/,
    );
    expect(await runKeyhaven(args()).ended).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it.each(['making a file seal', 'making the database'])(
    'that is killed while it says "%s" leaves nothing usable or everything, and can be called again',
    async (moment) => {
      const command = runKeyhaven(args());
      await command.errorLine(new RegExp(moment));
      command.kill('SIGKILL');
      await command.ended;
      const isWhole = existsSync(join(dataDir, 'seal.json'));
      if (isWhole) expect(readFileSync(join(folder, 'c.ini'), 'utf8')).toContain('aws_secret_access_key = ');
      const again = await runKeyhaven(args().with(-1, join(folder, 'd.ini'))).ended;
      expect(again.exitCode).toBe(isWhole ? 1 : 0);
      expect(again.stderr).toContain(isWhole ? 'holds an installation already' : 'this one begins anew');
    },
  );

  it('makes what serve serves', async () => {
    expect((await runKeyhaven([...args(), '--port', '0']).ended).exitCode).toBe(0);
    const service = runKeyhaven(['serve', '--data-dir', dataDir]);
    const url = (await service.line(/^listening on https:/)).replace('listening on ', '');
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const status = await runKeyhaven(['status', '--data-dir', dataDir]).ended;
    expect(status).toMatchObject({ exitCode: 0, stderr: '' });
    expect(status.stdout).toMatch(
      /production\n.*\n.*\n.*\n.*\nSeal +file, open\nAllowed although unsafe +file-seal\n/,
    );
    service.kill('SIGTERM');
    expect((await service.ended).exitCode).toBe(0);
  });
});
