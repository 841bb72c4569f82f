import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { AdminClient } from './admin-client.ts';
import { type Act, defineAct, secretBytes, secretText } from './admin/act.ts';
import { encodeRequest } from './admin/encode-request.ts';
import { type Progress, readReplyLines, ReplyError } from './admin/reply-lines.ts';
import { describeTransportError } from './admin/transport-failure.ts';
import { CommandFailure } from './command-failure.ts';
import {
  answer,
  answerRaw,
  type ScriptedService,
  startScriptedService,
} from './scripted-service.test-support.ts';

const probe = defineAct('probe', z.strictObject({}), z.object({ value: z.string() }));

let service: ScriptedService;
let client: AdminClient;

beforeEach(async () => {
  service = await startScriptedService();
  client = clientOf(service.socket);
});
afterEach(async () => {
  await service.close();
});

function clientOf(path: string, dataDir = service.dataDir, timeoutMs?: number): AdminClient {
  return new AdminClient({ kind: 'socket', path, dataDir }, '1.2.3', timeoutMs);
}

async function failureOf(attempt: Promise<unknown>): Promise<CommandFailure> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const performProbe = (act: Act = probe) => client.perform(act, {});

describe('AdminClient', () => {
  it('posts the request as JSON, with its version, and answers the result', async () => {
    service.on('probe', (response) => {
      answer(response, [{ result: { value: 'well', more: 'than expected' } }]);
    });
    expect(await performProbe()).toEqual({ value: 'well' });
    expect(service.requests).toMatchObject([
      {
        path: '/admin/probe',
        body: {},
        headers: { 'keyhaven-version': '1.2.3', 'content-type': 'application/json' },
      },
    ]);
  });

  it('tells the progress before the result, in order', async () => {
    const told: Progress[] = [];
    service.on('probe', (response) => {
      answer(response, [
        { progress: { text: 'Begin' } },
        { progress: { text: 'Keys', done: 1, of: 2 } },
        { result: { value: 'done' } },
      ]);
    });
    await client.perform(probe, {}, (progress) => told.push(progress));
    expect(told).toEqual([{ text: 'Begin' }, { text: 'Keys', done: 1, of: 2 }]);
  });

  it('reads lines that are torn anywhere, even within a character', async () => {
    service.on('probe', (response) => {
      const text = '{"progress":{"text":"größer"}}\n{"result":{"value":"schön €"}}\n';
      answerRaw(response, ...Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte)));
      response.end();
    });
    expect(await performProbe()).toEqual({ value: 'schön €' });
  });

  it('takes a result without a line feed at its end, and leaves what comes after a result', async () => {
    service.on('probe', (response) => {
      answerRaw(response, '{"result":{"value":"a"}}');
      response.end();
    });
    expect(await performProbe()).toEqual({ value: 'a' });
    service.on('probe', (response) => {
      answerRaw(response, '{"result":{"value":"b"}}\nrubbish\n');
    });
    expect(await performProbe()).toEqual({ value: 'b' });
  });

  it('sends a secret as Base64 and keeps one that comes back from being printed', async () => {
    const act = defineAct(
      'secret',
      z.strictObject({ passphrase: secretBytes }),
      z.object({ share: secretText }),
    );
    service.on('secret', (response) => {
      answer(response, [{ result: { share: 'hidden' } }]);
    });
    using passphrase = Secret.take(Buffer.from('größer'));
    const { share } = await client.perform(act, { passphrase });
    expect(service.requests[0]?.body).toEqual({ passphrase: Buffer.from('größer').toString('base64') });
    expect(String(share)).toBe('[Secret]');
    expect(share.use((bytes) => bytes.toString())).toBe('hidden');
  });
});

describe('AdminClient fails, with a next step,', () => {
  it('when the act is refused, in the words of the service and without its control characters', async () => {
    service.on('probe', (response) => {
      answer(response, [{ refusal: { reason: 'No\u001b[2J.', nextStep: 'Try\nagain.' } }]);
    });
    expect(await failureOf(performProbe())).toMatchObject({
      message: 'No\\u{1b}[2J.\nTry\nagain.',
      exitCode: 1,
    });
  });

  it('when the service does not know the act, and names both versions', async () => {
    const { message, exitCode } = await failureOf(performProbe());
    expect(message).toContain(
      'does not know the act probe: the service is version 9.9.9, this command 1.2.3.',
    );
    expect(exitCode).toBe(1);
  });

  it('when the result has another form', async () => {
    service.on('probe', (response) => {
      answer(response, [{ result: { value: 1 } }]);
    });
    expect((await failureOf(performProbe())).message).toContain(
      'answers in another form: the service is version',
    );
  });

  it('when something else than Keyhaven answers', async () => {
    service.on('probe', (response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>');
    });
    expect((await failureOf(performProbe())).message).toContain('is no Keyhaven that could be administered');
  });

  it.each([
    ['rubbish', 'rubbish\n'],
    ['a truncated object', '{"result":{"value"\n'],
    ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d, 0x0a)],
    ['an empty line', '\n'],
    ['a list', '[]\n'],
    ['a result that is no object', '{"result":"a"}\n'],
    ['progress without a text', '{"progress":{"done":1}}\n'],
    ['a refusal without a next step', '{"refusal":{"reason":"a"}}\n'],
    ['an error of its own form', '{"error":"hunter2"}\n'],
  ])('when the service answers %s, without showing it', async (_what, bytes) => {
    service.on('probe', (response) => {
      answerRaw(response, bytes);
      response.end();
    });
    const { message, exitCode } = await failureOf(performProbe());
    expect(message).toMatch(/^The service answered with a line that is /);
    expect(message).toContain(`keyhaven status --data-dir ${service.dataDir}`);
    expect(message).not.toMatch(/rubbish|hunter2/);
    expect(exitCode).toBe(70);
  });

  it.each([
    ['at once', ''],
    ['after its progress', '{"progress":{"text":"Begin"}}\n'],
  ])('when the service ends its reply %s', async (_when, text) => {
    service.on('probe', (response) => {
      answerRaw(response, text);
      response.end();
    });
    const { message, exitCode } = await failureOf(performProbe());
    expect(message).toContain('ended the connection before it told the outcome');
    expect(message).toContain('may have been done or not');
    expect(exitCode).toBe(1);
  });

  it('when the connection breaks within a line', async () => {
    service.on('probe', (response) => {
      answerRaw(response, '{"progress":{"text":"Begin"}}\n{"resu');
      setImmediate(() => response.destroy());
    });
    expect((await failureOf(performProbe())).message).toContain('before it told the outcome');
  });

  it('when the connection breaks before the reply begins', async () => {
    service.on('probe', (response) => {
      response.destroy();
    });
    expect((await failureOf(performProbe())).message).toContain('may have been done or not');
  });

  it('when the service says nothing for too long, be it at once or after its progress', async () => {
    client = clientOf(service.socket, service.dataDir, 50);
    service.on('probe', (response) => {
      answerRaw(response, '{"progress":{"text":"Begin"}}\n');
    });
    expect((await failureOf(performProbe())).message).toContain('said nothing for minutes');
    service.on('probe', () => undefined);
    expect((await failureOf(performProbe())).message).toContain('said nothing for minutes');
  });
});

describe('readReplyLines', () => {
  async function* chunksOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }

  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield await Promise.resolve(Buffer.alloc(1024, 'x'));
  }

  it('stops at a line that never ends', async () => {
    const lines = readReplyLines(endless(), 10_000);
    await expect(lines.next()).rejects.toThrow(new ReplyError('with a line of more than 10000 bytes'));
  });

  it('refuses a whole line that is too long as well', async () => {
    const line = `${JSON.stringify({ progress: { text: 'x'.repeat(100) } })}\n`;
    await expect(readReplyLines(chunksOf(Buffer.from(line)), 100).next()).rejects.toThrow(ReplyError);
  });

  it('reads the same lines however they are cut', async () => {
    const text = ['a', 'ß€', '😀'].map((one) => `${JSON.stringify({ progress: { text: one } })}\n`).join('');
    const bytes = Buffer.from(text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length })), async (cuts) => {
        const at = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index] ?? 0, end));
        const texts: unknown[] = [];
        for await (const line of readReplyLines(chunksOf(...chunks))) texts.push(line);
        expect(texts).toEqual(['a', 'ß€', '😀'].map((one) => ({ progress: { text: one } })));
      }),
    );
  });
});

describe('encodeRequest', () => {
  it('writes JSON that reads back as the same, secrets as Base64 and undefined members left out', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), fc.integer(), (bytes, text, number) => {
        using secret = Secret.take(Uint8Array.from(bytes));
        const body = encodeRequest({ [text]: number, left: undefined, list: [text, true, { secret }] });
        expect(JSON.parse(body.toString('utf8'))).toEqual({
          [text]: number,
          list: [text, true, { secret: Buffer.from(bytes).toString('base64') }],
        });
      }),
    );
  });
});

describe('AdminClient finds no service', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyhaven-none-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true, force: true });
    });
  });

  const failure = (path = join(folder, 'admin.sock'), dataDir = folder) =>
    failureOf(clientOf(path, dataDir).perform(probe, {}));

  it('where there is no data folder', async () => {
    const missing = join(folder, 'missing');
    expect((await failure(join(missing, 'admin.sock'), missing)).message).toBe(
      `There is no data folder ${missing}.\nName that of the service with --data-dir.`,
    );
  });

  it('where the folder holds no installation', async () => {
    expect((await failure()).message).toMatch(/holds no installation.*\n.*keyhaven init/);
  });

  it('where none is running', async () => {
    writeFileSync(join(folder, 'seal.json'), '');
    expect((await failure()).message).toBe(
      `No service is running on the data folder ${folder}: there is no socket ${folder}/admin.sock.\n` +
        `Start it with: keyhaven serve --data-dir ${folder}`,
    );
  });

  it('where one was killed and left its socket', async () => {
    const path = join(folder, 'admin.sock');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    // Node removes the socket's file when it closes; so the file is moved out of its sight, as a kill would leave it.
    const { renameSync } = await import('node:fs');
    renameSync(path, `${path}.kept`);
    await new Promise((resolve) => server.close(resolve));
    renameSync(`${path}.kept`, path);
    expect((await failure()).message).toMatch(/nobody listens on .*admin\.sock any more\.\nStart it with/);
  });

  it('where something else stands in its place', async () => {
    mkdirSync(join(folder, 'admin.sock'));
    expect((await failure()).message).toContain('is not a socket');
  });

  it('where the path is longer than the system takes, instead of another path', async () => {
    const long = join(folder, 'x'.repeat(120));
    expect((await failure(long)).message).toMatch(/has more than 10\d bytes.*\n.*--admin-socket/);
  });

  it.each(['EACCES', 'EPERM'])('that this user may use: %s', (code) => {
    const address = { kind: 'socket', path: '/run/admin.sock', dataDir: folder } as const;
    const { message } = describeTransportError(Object.assign(new Error(code), { code }), address);
    expect(message).toMatch(
      /^This user may not use the socket \/run\/admin\.sock\.\nRun the command as the user/,
    );
  });

  it.skipIf(process.getuid?.() !== 0)('behind a socket of a stranger, and sends nothing there', async () => {
    service.on('probe', (response) => {
      answer(response, [{ result: { value: 'caught' } }]);
    });
    chownSync(service.socket, 65_534, 65_534);
    const spy = vi.spyOn(process, 'getuid').mockReturnValue(1000);
    onTestFinished(() => {
      spy.mockRestore();
    });
    const { message } = await failure(service.socket);
    expect(message).toContain('belongs to the user with id 65534, but this command runs as 1000');
    expect(service.requests).toEqual([]);
  });
});
