import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  type CommandOutcome,
  resultOf,
  run,
  type ScriptedService,
  startScriptedService,
} from '../scripted-service.test-support.ts';

let service: ScriptedService;

beforeEach(async () => {
  service = await startScriptedService();
});
afterEach(async () => {
  await service.close();
});

const at = '2030-01-31T12:00:00.000Z';
const account = '111122223333';
const digest = 'ab'.repeat(32);

function status(seal: object): object {
  return {
    version: '9.9.9',
    profile: 'production',
    installationId: '1234abcd-12ab-34cd-56ef-1234567890ab',
    url: 'https://kms.example.com:4599',
    dataDir: '/var/lib/keyhaven',
    startedAt: at,
    seal,
  };
}

const open = { kind: 'passphrase', isSealed: false, needs: 'passphrase' };

function call(
  words: readonly string[],
  given: Parameters<typeof run>[1] = {},
  environment: Record<string, string> = {},
): Promise<CommandOutcome> {
  return run([...words, '--data-dir', service.dataDir], given, environment);
}

describe('A command sends its act and prints its result:', () => {
  it.each<[words: string, act: string, request: object, result: object, text: string]>([
    [
      'status',
      'status',
      {},
      { ...status(open), allowedUnsafe: ['file-seal'] },
      'Service                  Keyhaven 9.9.9, production\n' +
        'Endpoint                 https://kms.example.com:4599\n' +
        'Data folder              /var/lib/keyhaven\n' +
        'Installation             1234abcd-12ab-34cd-56ef-1234567890ab\n' +
        `Started                  ${at}\n` +
        'Seal                     passphrase, open\n' +
        'Allowed although unsafe  file-seal\n',
    ],
    [
      'seal status',
      'status',
      {},
      status({ kind: 'shamir', isSealed: true, needs: 'shares', shares: { entered: 1, needed: 3 } }),
      'Seal   shamir, sealed, 1 of 3 shares entered\nOpens  with shares\n',
    ],
    ['seal --yes', 'seal', {}, { isSealed: true }, 'The service is sealed.\n'],
    [
      'root rotate',
      'root-rotate',
      {},
      { rootKeyId: 'new', retiredRootKeyId: 'old', rewrapped: 4 },
      'Root key                  new\nRetired                   old\nDomain keys wrapped anew  4\n',
    ],
    [
      'domain rotate --region eu-west-2',
      'domain-rotate',
      { scope: { kind: 'region', region: 'eu-west-2' } },
      { rotated: [{ scope: 'eu-west-2', domainKeyId: 'abc', rewrapped: 17 }] },
      'SCOPE      DOMAIN KEY  WRAPPED ANEW\neu-west-2  abc         17\n',
    ],
    [
      'domain rotate --identity',
      'domain-rotate',
      { scope: { kind: 'identity' } },
      { rotated: [] },
      'There was nothing to rotate.\n',
    ],
    [
      'domain rotate --all',
      'domain-rotate',
      { scope: { kind: 'all' } },
      { rotated: [] },
      'There was nothing',
    ],
    [
      `account create --id ${account} --name payments`,
      'account-create',
      { accountId: account, name: 'payments' },
      { accountId: account, accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'wJalr/secret' },
      `Account            ${account}\nAccess key id      AKIAEXAMPLE\nSecret access key  wJalr/secret\nThe secret`,
    ],
    [
      'account list',
      'account-list',
      {},
      {
        accounts: [
          { accountId: account, name: 'payments\u001b[31m', status: 'enabled', createdAt: at, keys: 12 },
          { accountId: '222233334444', status: 'disabled', createdAt: at, keys: 0 },
        ],
      },
      'ACCOUNT       STATUS    KEYS  CREATED                   NAME\n' +
        `${account}  enabled   12    ${at}  payments\\u{1b}[31m\n222233334444  disabled  0     ${at}\n`,
    ],
    [
      `account disable ${account}`,
      'account-disable',
      { accountId: account },
      { accountId: account, status: 'disabled' },
      `The account ${account} is disabled.\n`,
    ],
    [
      `account enable ${account}`,
      'account-enable',
      { accountId: account },
      { accountId: account, status: 'enabled' },
      `The account ${account} is enabled.\n`,
    ],
    [
      `account recover ${account} --yes`,
      'account-recover',
      { accountId: account },
      {
        accountId: account,
        accessKeyId: 'AKIANEW',
        secretAccessKey: 's',
        deactivated: ['AKIAOLD', 'AKIAOLDER'],
      },
      `Deactivated: AKIAOLD, AKIAOLDER\nAccount            ${account}\n`,
    ],
    [
      `access-key list --account ${account}`,
      'access-key-list',
      { accountId: account },
      {
        accessKeys: [
          { accessKeyId: 'AKIA1', principal: 'arn:aws:iam::1:root', status: 'Active', createdAt: at },
        ],
      },
      `ACCESS KEY  STATUS  CREATED                   PRINCIPAL\nAKIA1       Active  ${at}  arn:aws:iam::1:root\n`,
    ],
    [
      'access-key disable AKIAOLD',
      'access-key-disable',
      { accessKeyId: 'AKIAOLD' },
      { accessKeyId: 'AKIAOLD', accountId: account, status: 'Inactive' },
      `The access key AKIAOLD of account ${account} is inactive.\n`,
    ],
    [
      `control-policy list --account ${account}`,
      'control-policy-list',
      { accountId: account },
      { accountId: account, policies: [{ type: 'service', name: 'no-deletion', document: '{}' }] },
      'TYPE     CHARACTERS  NAME\nservice  2           no-deletion\n',
    ],
    [
      `control-policy remove --account ${account} --type resource --name own-only`,
      'control-policy-remove',
      { accountId: account, type: 'resource', name: 'own-only' },
      { accountId: account, type: 'resource', name: 'own-only' },
      `The resource control policy own-only of the account ${account} is removed.\n`,
    ],
    [
      'backup --to /mnt/b --recipient age1qqqqqq --recipient age1pppppp',
      'backup',
      { to: '/mnt/b', recipients: ['age1qqqqqq', 'age1pppppp'] },
      { path: '/mnt/b', bytes: 7, sha256: digest, createdAt: at, recipients: ['age1qqqqqq'] },
      `Backup        /mnt/b\nCreated       ${at}\nBytes         7\nSHA-256       ${digest}\nEncrypted to  age1qqqqqq\n`,
    ],
    [
      'backup',
      'backup',
      {},
      { path: '/b', bytes: 7, sha256: digest, createdAt: at, recipients: [] },
      'Backup        /b\n',
    ],
    [
      'doctor',
      'doctor',
      {},
      { findings: [{ check: 'journal', level: 'warning', text: 'It is long.', nextStep: 'Archive it.' }] },
      'WARNING journal: It is long.\n        Archive it.\n',
    ],
    [
      'jobs',
      'jobs',
      {},
      {
        destruction: { heldByOperatorSince: at, heldByClockMs: 0 },
        jobs: [{ job: 'destroy key', key: 'arn:aws:kms:eu-west-2:111122223333:key/1', at, state: 'held' }],
        isCutShort: false,
      },
      'JOB          STATE  AT                        KEY\n' +
        `destroy key  held   ${at}  arn:aws:kms:eu-west-2:111122223333:key/1\nDestruction is held since ${at}.`,
    ],
    ['jobs hold', 'jobs-hold', {}, { isHeld: true }, 'Destruction is held'],
    ['jobs release --yes', 'jobs-release', {}, { isHeld: false }, 'Destruction goes on'],
    [
      'destruction status',
      'destruction-status',
      {},
      {
        isHeld: false,
        waitsUntil: at,
        scheduled: [{ keyArn: 'arn:aws:kms:eu-west-2:1:key/a', deletionDate: at }],
        destroyed: [
          {
            scope: 'eu-west-2',
            domainKeyId: 'd1',
            materials: 3,
            lastDestroyedAt: at,
            isDomainKeyRetired: false,
          },
          {
            scope: 'eu-west-2',
            domainKeyId: 'd0',
            materials: 1,
            lastDestroyedAt: at,
            isDomainKeyRetired: true,
          },
        ],
      },
      `After a step of the clock destruction waits until ${at}.\n`,
    ],
  ])('%s', async (words, act, request, result, text) => {
    service.on(act, resultOf(result));
    const outcome = await call(words.split(' '));
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout.slice(0, text.length)).toBe(text);
    expect(service.requests).toMatchObject([{ path: `/admin/${act}`, body: request }]);
    expect(service.requests[0]?.body).toEqual(request);

    const asJson = await call([...words.split(' '), '--json']);
    expect(asJson).toMatchObject({ exitCode: 0, stderr: '' });
    const expected = act === 'status' && words !== 'status' ? (result as { seal: object }).seal : result;
    expect(JSON.parse(asJson.stdout)).toMatchObject(expected);
  });

  it('control-policy set: with the text of a file', async () => {
    const path = join(service.dataDir, 'policy.json');
    writeFileSync(path, ' {"ä":1}\n');
    const named = { accountId: account, type: 'service', name: 'limits' };
    service.on('control-policy-set', resultOf(named));
    const words = ['control-policy', 'set', '--account', account, '--type', 'service', '--name', 'limits'];
    expect(await call([...words, '--file', path])).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `The service control policy limits limits the account ${account}.\n`,
    });
    expect(service.requests[0]?.body).toEqual({ ...named, document: ' {"ä":1}\n' });
    writeFileSync(path, Buffer.from([0xe4]));
    for (const file of [path, join(service.dataDir, 'none.json')]) {
      const outcome = await call([...words, '--file', file]);
      expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
      expect(outcome.stderr).toContain('cannot be read as UTF-8 text');
    }
    expect(service.requests).toHaveLength(1);
  });

  it('prints the refusal of the service on standard error, and nothing on standard output', async () => {
    service.on('backup', (response) => {
      answer(response, [{ refusal: { reason: 'The disk is full.', nextStep: 'Make room.' } }]);
    });
    expect(await call(['backup'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'keyhaven: The disk is full.\nMake room.\n',
    });
  });

  it('tells progress line by line where there is no terminal, a tenth of the way at a time', async () => {
    service.on('root-rotate', (response) => {
      const steps = Array.from({ length: 101 }, (_, done) => ({ progress: { text: 'Keys', done, of: 100 } }));
      answer(response, [...steps, { result: { rootKeyId: 'a', retiredRootKeyId: 'b', rewrapped: 0 } }]);
    });
    const { stderr } = await call(['root', 'rotate']);
    expect(stderr.split('\n')).toEqual([
      ...Array.from({ length: 11 }, (_, n) => `Keys ${n * 10} of 100`),
      '',
    ]);
  });

  it('tells progress in one line on a terminal, and takes it away in the end', async () => {
    service.on('root-rotate', (response) => {
      const steps = [1, 2].map((done) => ({ progress: { text: 'Ke\u0007ys', done, of: 2 } }));
      answer(response, [...steps, { result: { rootKeyId: 'a', retiredRootKeyId: 'b', rewrapped: 0 } }]);
    });
    const { stderr } = await call(['root', 'rotate'], { answers: [] });
    expect(stderr).toBe('\rKe\\u{7}ys 1 of 2\u001b[K\rKe\\u{7}ys 2 of 2\u001b[K\r\u001b[K');
  });

  it('ends with exit code 1 if the doctor finds a failure', async () => {
    const findings = [
      { check: 'clock', level: 'good', text: 'It is right.' },
      { check: 'chain', level: 'failure', text: 'It is broken.', nextStep: 'Look.' },
    ];
    service.on('doctor', resultOf({ findings }));
    const { exitCode, stdout, stderr } = await call(['doctor']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('FAILURE chain: It is broken.\n        Look.\n');
    expect(stderr).toContain('1 of 2 checks failed');
  });
});

describe('A service is found', () => {
  beforeEach(() => {
    service.on('jobs-hold', resultOf({ isHeld: true }));
  });

  it.each<[string, (socket: string, dataDir: string) => readonly string[]]>([
    ['--data-dir', (_socket, dataDir) => ['jobs', 'hold', '--data-dir', dataDir]],
    ['--data-dir before the last word', (_socket, dataDir) => ['jobs', '--data-dir', dataDir, 'hold']],
    ['--admin-socket', (socket) => ['jobs', 'hold', '--admin-socket', socket]],
  ])('by %s', async (_by, words) => {
    expect((await run(words(service.socket, service.dataDir))).exitCode).toBe(0);
  });

  it('by KEYHAVEN_DATA_DIR', async () => {
    expect((await run(['jobs', 'hold'], {}, { KEYHAVEN_DATA_DIR: service.dataDir })).exitCode).toBe(0);
  });

  it('by the configuration file in its folder', async () => {
    const folder = join(service.dataDir, 'other');
    mkdirSync(folder);
    writeFileSync(join(folder, 'keyhaven.yaml'), 'adminSocket: ../admin.sock\n', { mode: 0o600 });
    expect((await run(['jobs', 'hold', '--data-dir', folder])).exitCode).toBe(0);
  });
});

describe('Wrong usage is refused before the service is asked:', () => {
  it.each([
    ['account disable', /missing required argument 'account-id'/],
    ['account disable 1234', /An account id is 12 digits/],
    ['account enable 111122223333 444455556666', /too many arguments/],
    ['account create --id payments', /An account id is 12 digits/],
    ['account lst', /unknown command 'lst'\n\(Did you mean list\?\)/],
    ['access-key list', /required option '--account <account-id>' not specified/],
    ['access-key disable A!', /An access key id is/],
    ['control-policy list', /required option '--account <account-id>' not specified/],
    [`control-policy set --account ${account} --type service --name n`, /required option '--file <file>'/],
    [
      `control-policy set --account ${account} --type identity --name n --file f`,
      /Allowed choices are service, resource/,
    ],
    [
      `control-policy remove --account ${account} --type service --name n/m`,
      /The name of a policy is 1 to 128/,
    ],
    ['domain rotate', /must be said which domain keys/],
    ['domain rotate --all --identity', /must be said which domain keys/],
    ['domain rotate --region europe', /A Region is a name such as/],
    ['seal change', /required option '--seal <kind>' not specified/],
    ['seal change --seal paper', /Allowed choices are passphrase, shamir, kms, file/],
    ['seal change --seal shamir --shares 5', /--seal shamir needs --threshold/],
    ['seal change --seal shamir --shares 2 --threshold 3', /--threshold is larger than --shares/],
    ['seal change --seal shamir --shares 65 --threshold 2', /from 2 to 64/],
    ['seal change --seal shamir --shares 3 --threshold 1', /from 2 to 64/],
    ['seal change --seal kms --kms-region eu-west-2', /--seal kms needs --kms-key-id/],
    ['seal change --seal passphrase --passphrase-fd 3 --passphrase-file p', /are both given/],
    ['seal change --seal passphrase --passphrase-fd 1', /must be the number of an open file descriptor/],
    ['unseal --passphrase-file p --share-file s', /A passphrase and a share are both given/],
    ['unseal --passphrase hunter2', /unknown option '--passphrase'/],
    ['seal stauts', /unknown command 'stauts'\n\(Did you mean status\?\)/],
    ['jobs hold now', /too many arguments/],
    ['jobs relese', /unknown command 'relese'\n\(Did you mean release\?\)/],
    ['backup --recipient alice', /must be age recipients/],
    ['backup here', /unknown command 'here'/],
    ['status --admin-url https://127.0.0.1:1', /--admin-url and --data-dir name two services/],
    ['status --client-cert c', /--client-cert is of use with --admin-url only/],
  ])('%s', async (words, stderr) => {
    const outcome = await call(words.split(' '));
    expect(outcome.stderr).toMatch(stderr);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(service.requests).toEqual([]);
  });

  it.each(['http://127.0.0.1:1', 'https://a/b', 'https://user@host', '127.0.0.1:4600', 'https://h/?q'])(
    '--admin-url %s',
    async (url) => {
      const outcome = await run(['status', '--admin-url', url]);
      expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
      expect(outcome.stderr).toContain('--admin-url must be https://HOST:PORT');
    },
  );

  it('--admin-url without a certificate to show', async () => {
    const outcome = await run(['status', '--admin-url', 'https://127.0.0.1:1']);
    expect(outcome.stderr).toContain('--admin-url needs --client-cert and --client-key');
    expect(outcome.exitCode).toBe(2);
  });
});

describe('What cannot be taken back', () => {
  it.each([['seal'], ['jobs release'], [`account recover ${account}`]])(
    'asks for a yes, and does nothing without: %s',
    async (words) => {
      for (const given of [{ answers: ['no'] }, { answers: ['y'] }, { answers: [''] }, { answers: [] }, {}]) {
        const { exitCode, stdout } = await call(words.split(' '), given);
        expect(exitCode).not.toBe(0);
        expect(stdout).toBe('');
      }
      expect(service.requests).toEqual([]);
    },
  );

  it('is done after a yes', async () => {
    service.on('seal', resultOf({ isSealed: true }));
    const { exitCode, stdout, stderr } = await call(['seal'], { answers: ['yes'] });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'The service is sealed.\n' });
    expect(stderr).toContain('Every request will be refused');
  });

  it('names --yes where there is nobody to ask', async () => {
    expect(await call(['seal'])).toMatchObject({ exitCode: 2, stdout: '' });
    expect((await call(['seal'])).stderr).toContain('Give --yes if you are sure.');
  });
});

describe('keyhaven unseal', () => {
  const passphraseBody = { passphrase: Buffer.from('correct horse').toString('base64') };
  const unsealRequests = () =>
    service.requests.filter(({ path }) => path === '/admin/unseal').map(({ body }) => body);

  beforeEach(() => {
    service.on('status', resultOf(status({ ...open, isSealed: true })));
    service.on('unseal', resultOf({ isSealed: false }));
  });

  it('asks for the passphrase', async () => {
    const { exitCode, stdout, stderr } = await call(['unseal'], { answers: ['correct horse'] });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'The service is unsealed.\n' });
    expect(stderr).toBe('Passphrase: \n');
    expect(unsealRequests()).toEqual([passphraseBody]);
  });

  it.each([
    ['correct horse', 'no line feed'],
    ['correct horse\n', 'a line feed'],
    ['correct horse\r\n', 'the line end of Windows'],
  ])('reads %j from a file with %s at its end', async (content) => {
    const path = join(service.dataDir, 'passphrase');
    writeFileSync(path, content);
    expect((await call(['unseal', '--passphrase-file', path])).exitCode).toBe(0);
    expect(unsealRequests()).toEqual([passphraseBody]);
  });

  it('reads it from standard input', async () => {
    const outcome = await call(['unseal', '--passphrase-file', '-'], { input: 'correct horse\n' });
    expect(outcome.exitCode).toBe(0);
    expect(unsealRequests()).toEqual([passphraseBody]);
  });

  it('keeps spaces and further line feeds, which may be meant', async () => {
    await call(['unseal', '--passphrase-file', '-'], { input: ' a\n\n' });
    expect(unsealRequests()).toEqual([{ passphrase: Buffer.from(' a\n').toString('base64') }]);
  });

  it.each([
    ['', /The passphrase is empty/],
    ['\n', /The passphrase is empty/],
    ['x'.repeat(5000), /holds more than 4096 bytes/],
  ])('refuses standard input that holds %j', async (input, stderr) => {
    const outcome = await call(['unseal', '--passphrase-file', '-'], { input });
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toMatch(stderr);
    expect(unsealRequests()).toEqual([]);
  });

  it('refuses a file that is not there, and a descriptor that is not open', async () => {
    const missing = await call(['unseal', '--passphrase-file', join(service.dataDir, 'missing')]);
    expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
    expect(missing.stderr).toContain('with the passphrase cannot be read');
    const closed = await call(['unseal', '--passphrase-fd', '987654']);
    expect(closed.stderr).toContain('The file descriptor 987654 with the passphrase cannot be read');
  });

  it('says what to do where there is nobody to ask', async () => {
    const outcome = await call(['unseal']);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('Name where it is read from with --passphrase-file or --passphrase-fd.');
  });

  it('does nothing where the service is not sealed', async () => {
    service.on('status', resultOf(status(open)));
    expect(await call(['unseal'])).toEqual({
      exitCode: 0,
      stdout: 'The service is not sealed.\n',
      stderr: '',
    });
    expect(unsealRequests()).toEqual([]);
  });

  it('asks for nothing where the seal opens by itself: it is tried again', async () => {
    service.on('status', resultOf(status({ kind: 'kms', isSealed: true, needs: 'nothing' })));
    expect((await call(['unseal'])).exitCode).toBe(0);
    expect(unsealRequests()).toEqual([{}]);
  });

  it('takes a share, and tells how many are left', async () => {
    const shares = { entered: 2, needed: 3 };
    service.on('status', resultOf(status({ kind: 'shamir', isSealed: true, needs: 'shares' })));
    service.on('unseal', resultOf({ isSealed: true, shares }));
    const outcome = await call(['unseal'], { answers: ['KEYHAVEN1-SHARE-2'] });
    expect(outcome.stdout).toBe('2 of 3 shares entered; 1 more is needed.\n');
    expect(outcome.stderr).toBe('Share: \n');
    await call(['unseal', '--share-file', '-'], { input: 'KEYHAVEN1-SHARE-2\n' });
    const body = { share: Buffer.from('KEYHAVEN1-SHARE-2').toString('base64') };
    expect(unsealRequests()).toEqual([body, body]);
  });

  it.each([[['correct horse'].map(() => '\u0003')], [[]]])(
    'ends with exit code 130 at Ctrl-C and at the end of the input',
    async (answers) => {
      expect(await call(['unseal'], { answers })).toMatchObject({ exitCode: 130, stdout: '' });
      expect(unsealRequests()).toEqual([]);
    },
  );
});

describe('keyhaven seal change', () => {
  it('asks for a new passphrase twice, and again where the two differ', async () => {
    service.on('seal-change', resultOf({ kind: 'passphrase' }));
    const outcome = await call(['seal', 'change', '--seal', 'passphrase'], {
      answers: ['a', 'b', 'new one', 'new one'],
    });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'The seal is now of the kind passphrase.\n' });
    expect(outcome.stderr).toContain('These two differ.');
    const seal = { kind: 'passphrase', passphrase: Buffer.from('new one').toString('base64') };
    expect(service.requests.map(({ body }) => body)).toEqual([{ seal }]);
  });

  it('sends where a KMS key is, its file of authorities as an absolute path', async () => {
    service.on('seal-change', resultOf({ kind: 'kms' }));
    const words = 'seal change --seal kms --kms-key-id alias/k --kms-region eu-west-2 --kms-ca-file ca.pem';
    expect((await call(words.split(' '))).exitCode).toBe(0);
    const seal = {
      kind: 'kms',
      keyId: 'alias/k',
      region: 'eu-west-2',
      caFile: join(process.cwd(), 'ca.pem'),
    };
    expect(service.requests[0]?.body).toEqual({ seal });
  });

  const words = ['seal', 'change', '--seal', 'shamir', '--shares', '3', '--threshold', '2'];
  const shares = ['S-1', 'S-2', 'S-3'];

  it('shows shares once, on standard output', async () => {
    service.on('seal-change', resultOf({ kind: 'shamir', shares, ticket: 'T-1' }));
    service.on('seal-change-confirm', resultOf({ kind: 'shamir' }));
    const { stdout } = await call(words);
    expect(stdout).toContain('Share 1  S-1\nShare 2  S-2\nShare 3  S-3\n');
    expect(stdout).toContain('Any 2 of the 3 open the seal.');
    expect(service.requests.map(({ path }) => path).slice(-1)).toEqual(['/admin/seal-change-confirm']);
    expect(JSON.parse((await call([...words, '--json'])).stdout)).toEqual({ kind: 'shamir', shares });
  });

  it('writes shares into files of their own instead, readable by this user only', async () => {
    service.on('seal-change', resultOf({ kind: 'shamir', shares, ticket: 'T-1' }));
    service.on('seal-change-confirm', resultOf({ kind: 'shamir' }));
    const folder = join(service.dataDir, 'shares');
    const { stdout } = await call([...words, '--shares-dir', folder]);
    expect(stdout).not.toContain('S-1');
    for (const [index, share] of shares.entries()) {
      const path = join(folder, `share-${index + 1}.txt`);
      expect(readFileSync(path, 'utf8')).toBe(`${share}\n`);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(stdout).toContain(path);
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('says so, and that the seal is what it was, where the service does not take the shares any more', async () => {
    service.on('seal-change', resultOf({ kind: 'shamir', shares, ticket: 'T-1' }));
    service.on('seal-change-confirm', (response) => {
      const refusal = { reason: 'There is no seal to confirm.', nextStep: 'The seal is what it was.' };
      answer(response, [{ refusal }]);
    });
    const { exitCode, stderr } = await call(words);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
    expect(stderr).toContain('The seal is what it was.');
  });

  it('makes no seal whose shares it could not write, and leaves no file behind', async () => {
    service.on('seal-change', resultOf({ kind: 'shamir', shares, ticket: 'T-1' }));
    service.on('seal-change-confirm', resultOf({ kind: 'shamir' }));
    const folder = join(service.dataDir, 'shares');
    mkdirSync(folder);
    writeFileSync(join(folder, 'share-3.txt'), 'older');
    const outcome = await call([...words, '--shares-dir', folder]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('share-3.txt is there already and is not overwritten');
    expect(service.requests).toEqual([]);
    expect(readFileSync(join(folder, 'share-3.txt'), 'utf8')).toBe('older');
    expect(existsSync(join(folder, 'share-1.txt'))).toBe(false);
  });
});

describe('New credentials', () => {
  const made = { accountId: account, accessKeyId: 'AKIANEW', secretAccessKey: 'wJalr/secret' };
  const path = () => join(service.dataDir, 'credentials');

  it('are written where the AWS CLI reads them, by this user only, and not shown', async () => {
    service.on('account-create', resultOf(made));
    const { stdout } = await call(['account', 'create', '--credentials-file', path()]);
    expect(stdout).not.toContain('wJalr');
    expect(stdout).toContain(`in ${path()}`);
    expect(readFileSync(path(), 'utf8')).toBe(
      `# Keyhaven: the root user of account ${account}\n[default]\n` +
        'aws_access_key_id = AKIANEW\naws_secret_access_key = wJalr/secret\n',
    );
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('do not come into being where their file is there already', async () => {
    writeFileSync(path(), 'older');
    const outcome = await call(['account', 'create', '--credentials-file', path()]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('is there already and is not overwritten');
    expect(service.requests).toEqual([]);
    expect(readFileSync(path(), 'utf8')).toBe('older');
  });

  it('leave no file behind where the service refuses', async () => {
    service.on('account-recover', (response) => {
      answer(response, [{ refusal: { reason: 'There is no such account.', nextStep: 'List them.' } }]);
    });
    const words = ['account', 'recover', account, '--yes', '--credentials-file', path()];
    expect((await call(words)).exitCode).toBe(1);
    expect(existsSync(path())).toBe(false);
  });

  it('are in the JSON for programs, or the file that they are in', async () => {
    service.on('account-create', resultOf(made));
    expect(JSON.parse((await call(['account', 'create', '--json'])).stdout)).toEqual(made);
    const words = ['account', 'create', '--json', '--credentials-file', path()];
    const { secretAccessKey, ...rest } = made;
    expect((await call(words)).stdout).not.toContain(secretAccessKey);
    expect(JSON.parse((await call([...words.slice(0, -1), `${path()}2`])).stdout)).toEqual({
      ...rest,
      credentialsFile: `${path()}2`,
    });
  });
});
