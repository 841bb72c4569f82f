import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type Identity,
} from '../../../../conformance/src/tls/certificates.ts';
import type { Listener, TlsParts } from './listener.ts';
import {
  createAgent,
  post,
  type RaisedAlarm,
  replyOf,
  startListener,
} from './running-listener.test-support.ts';

const day = 24 * 60 * 60 * 1000;

let authority: CertificateAuthority;
let first: Identity;
let second: Identity;
let folder: string;
let files: { readonly certFile: string; readonly keyFile: string };
let alarms: RaisedAlarm[];
let now: number;
let running: Listener[];

beforeAll(() => {
  authority = createCertificateAuthority();
  first = authority.issue('first');
  second = authority.issue('second', { days: 200 });
});

afterAll(() => {
  authority.remove();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-reload-'));
  files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  replace('certFile', first.cert);
  replace('keyFile', first.key);
  alarms = [];
  now = Date.now();
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((listener) => listener.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** As certificate clients do it: written beside, then renamed. */
function replace(name: 'certFile' | 'keyFile', text: string): void {
  writeFileSync(`${files[name]}.new`, text, { mode: 0o600 });
  renameSync(`${files[name]}.new`, files[name]);
}

/** Without a watch interval it looks at the files when it is told to, and not before. */
async function start(parts: Partial<TlsParts> = {}, serve?: Parameters<typeof startListener>[0]) {
  const tls: TlsParts = {
    ...files,
    alarm: { raise: (event, details) => alarms.push([event, details]) },
    wallNow: () => now,
    watchIntervalMs: 24 * 60 * 60 * 1000,
    ...parts,
  };
  const { listener, port } = await startListener({ ...serve, tls });
  running.push(listener);
  return { listener, port };
}

/** Waits for what the watch does by itself. */
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 5 });

const ask = (port: number, agent = createAgent(authority.cert)) => post(port, 'hi', { agent });
const subjectAt = async (port: number) => (await ask(port)).subject;

describe('a reload', () => {
  it('gives new connections the new certificate and leaves established ones alone', async () => {
    const { listener, port } = await start();
    const agent = createAgent(authority.cert);
    const before = await ask(port, agent);
    replace('certFile', second.cert);
    replace('keyFile', second.key);
    expect(await subjectAt(port)).toBe('first');
    expect(listener.reloadTls()).toEqual({ isTaken: true });
    const after = await ask(port, agent);
    expect([after.localPort, after.status, after.connection]).toEqual([before.localPort, 200, 'keep-alive']);
    expect(await subjectAt(port)).toBe('second');
    expect(alarms).toEqual([]);
  });

  it('drops no request that is under way', async () => {
    const arrived = Promise.withResolvers<() => void>();
    const { listener, port } = await start(
      {},
      {
        serve: (_, respond) => {
          arrived.resolve(() => {
            respond(replyOf('late'), 'id');
          });
        },
      },
    );
    const reply = ask(port);
    const answer = await arrived.promise;
    replace('certFile', second.cert);
    replace('keyFile', second.key);
    listener.reloadTls();
    answer();
    expect(await reply).toMatchObject({ status: 200, body: 'late', subject: 'first' });
  });

  it.each([
    ['a certificate whose key is not there yet', () => replace('certFile', second.cert), /does not belong/],
    ['a key whose certificate is not there yet', () => replace('keyFile', second.key), /does not belong/],
    ['an empty certificate', () => replace('certFile', ''), /holds no certificate/],
    ['no certificate at all', () => rmSync(files.certFile), /is not there/],
    ['a key cut short', () => replace('keyFile', second.key.slice(0, 100)), /holds no private key/],
  ])('does not take %s: the pair before stays, and the reason is told', async (_, change, reason) => {
    const { listener, port } = await start();
    change();
    const reload = listener.reloadTls();
    expect(reload.isTaken ? '' : reload.refusal.message).toMatch(reason);
    expect(await subjectAt(port)).toBe('first');
    expect(alarms).toEqual([
      [
        'TLS files not taken',
        { reason: expect.stringMatching(reason) as string, nextStep: expect.any(String) as string },
      ],
    ]);
  });

  it('does not give up a valid certificate for one that is not valid now', async () => {
    const { listener, port } = await start();
    now += 30 * day;
    const short = authority.issue('short', { days: 20 });
    replace('certFile', short.cert);
    replace('keyFile', short.key);
    const reload = listener.reloadTls();
    expect(reload.isTaken ? '' : reload.refusal.message).toContain('which is not now');
    expect(await subjectAt(port)).toBe('first');
  });

  it('takes any certificate in the place of one that has expired', async () => {
    const { listener } = await start();
    now += 100 * day;
    const short = authority.issue('short', { days: 20 });
    replace('certFile', short.cert);
    replace('keyFile', short.key);
    expect(listener.reloadTls()).toEqual({ isTaken: true });
  });

  it('without TLS has nothing to do', async () => {
    const { listener } = await startListener();
    running.push(listener);
    expect(listener.reloadTls()).toEqual({ isTaken: true });
  });
});

describe('a change of the client CA', () => {
  it('ends established connections with their next reply, and lets in whom the new one vouches for', async () => {
    const next = createCertificateAuthority('the next CA');
    const clientCaFile = join(folder, 'clients.pem');
    writeFileSync(clientCaFile, authority.cert);
    const { listener, port } = await start({ clientCaFile });
    const old = createAgent(authority.cert, authority.issue('old', { use: 'clientAuth' }));
    expect((await ask(port, old)).connection).toBe('keep-alive');
    writeFileSync(clientCaFile, next.cert);
    listener.reloadTls();
    expect(await ask(port, old)).toMatchObject({ status: 200, connection: 'close' });
    await expect(ask(port, old)).rejects.toThrow();
    const known = createAgent(authority.cert, next.issue('new', { use: 'clientAuth' }));
    expect((await ask(port, known)).connection).toBe('keep-alive');
    next.remove();
  });
});

describe('the watch over the files', () => {
  it('takes a new pair by itself, whichever of the two comes first', async () => {
    const { port } = await start({ watchIntervalMs: 5 });
    replace('keyFile', second.key);
    await until(() => expect(alarms).toHaveLength(1));
    expect(await subjectAt(port)).toBe('first');
    replace('certFile', second.cert);
    await until(async () => expect(await subjectAt(port)).toBe('second'));
    replace('certFile', first.cert);
    replace('keyFile', first.key);
    await until(async () => expect(await subjectAt(port)).toBe('first'));
  });

  it('alarms once about a pair that stays unusable, and again about another reason', async () => {
    const { port } = await start({ watchIntervalMs: 5 });
    replace('keyFile', second.key);
    await until(() => expect(alarms).toHaveLength(1));
    replace('keyFile', '');
    await until(() => expect(alarms).toHaveLength(2));
    expect(alarms.map(([event]) => event)).toEqual(['TLS files not taken', 'TLS files not taken']);
    expect(await subjectAt(port)).toBe('first');
  });

  it('ends when the listener is closed', async () => {
    const looked = vi.fn(() => now);
    const { listener } = await start({ watchIntervalMs: 1, wallNow: looked });
    await until(() => expect(looked.mock.calls.length).toBeGreaterThan(3));
    await listener.close();
    const count = looked.mock.calls.length;
    const otherLooked = vi.fn(() => now);
    await start({ watchIntervalMs: 1, wallNow: otherLooked });
    await until(() => expect(otherLooked.mock.calls.length).toBeGreaterThan(5));
    expect(looked.mock.calls.length).toBe(count);
  });
});

describe('the alarm about validity', () => {
  const events = () => alarms.map(([event]) => event);

  it.each([
    [0, []],
    [75 * day, []],
    [77 * day, ['TLS certificate expires soon']],
    [91 * day, ['TLS certificate expired']],
    [-day, ['TLS certificate not valid yet']],
  ])(
    'comes as it should when %i milliseconds of 90 days are over, and the service starts',
    async (over, expected) => {
      now += over;
      const { port } = await start();
      expect(events()).toEqual(expected);
      expect((await ask(port)).status).toBe(200);
    },
  );

  it('names the file and the times', async () => {
    now += 80 * day;
    await start();
    expect(alarms[0]?.[1]).toEqual({
      certFile: files.certFile,
      validFrom: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      validTo: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
  });

  it('comes once a day, and ends with a new certificate', async () => {
    now += 80 * day;
    const looked = vi.fn(() => now);
    const { listener } = await start({ watchIntervalMs: 1, wallNow: looked });
    const looks = async () => {
      const from = looked.mock.calls.length;
      await until(() => expect(looked.mock.calls.length).toBeGreaterThan(from + 3));
    };
    await looks();
    expect(alarms).toHaveLength(1);
    now += day;
    await looks();
    expect(alarms).toHaveLength(2);
    replace('certFile', second.cert);
    replace('keyFile', second.key);
    expect(listener.reloadTls().isTaken).toBe(true);
    now += 3 * day;
    await looks();
    expect(alarms).toHaveLength(2);
  });
});
