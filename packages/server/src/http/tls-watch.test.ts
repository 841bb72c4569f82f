import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type Identity,
} from '../../../../conformance/src/tls/certificates.ts';
import { StartRefusal } from '../start-refusal.ts';
import { TlsWatch } from './tls-watch.ts';

const intervalMs = 1000;

let authority: CertificateAuthority;
let identities: readonly [Identity, Identity];
let folder: string;
let watch: TlsWatch;
let installed: string[];
let keys: Buffer[];
let alarms: string[];
/** What OpenSSL would say of the material. */
let install: () => void;

beforeAll(() => {
  authority = createCertificateAuthority();
  identities = [authority.issue('first'), authority.issue('second')];
});

afterAll(() => {
  authority.remove();
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-watch-'));
  [installed, keys, alarms] = [[], [], []];
  install = () => undefined;
  const files = { certFile: join(folder, 'cert'), keyFile: join(folder, 'key') };
  put('cert', identities[0].cert);
  put('key', identities[0].key);
  watch = new TlsWatch({
    files,
    install: ({ cert, key }) => {
      keys.push(key);
      install();
      installed.push(cert.toString());
    },
    onNewClientCa: () => undefined,
    alarm: { raise: (event) => alarms.push(event) },
    wallNow: Date.now,
    intervalMs,
  });
  watch.start();
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const put = (name: 'cert' | 'key', text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
const look = () => vi.advanceTimersByTime(intervalMs);

describe('a watch over certificate and key', () => {
  it('takes nothing again while nothing changes', () => {
    look();
    look();
    expect(installed).toEqual([identities[0].cert]);
  });

  it('raises no alarm about a pair of which the other half is there at the next look', () => {
    put('cert', identities[1].cert);
    look();
    put('key', identities[1].key);
    look();
    expect(installed).toEqual(identities.map(({ cert }) => cert));
    expect(alarms).toEqual([]);
  });

  it('raises the alarm when the other half is not there at the next look, and tries on', () => {
    put('cert', identities[1].cert);
    look();
    expect(alarms).toEqual([]);
    look();
    expect(alarms).toEqual(['TLS files not taken']);
    look();
    expect(alarms).toHaveLength(1);
    put('key', identities[1].key);
    look();
    expect(installed.at(-1)).toBe(identities[1].cert);
  });

  it('tries again what failed for a reason that is not in the files', () => {
    put('cert', identities[1].cert);
    put('key', identities[1].key);
    install = () => {
      throw new StartRefusal('not now', 'later');
    };
    look();
    look();
    expect(alarms).toEqual(['TLS files not taken']);
    install = () => undefined;
    look();
    expect(installed.at(-1)).toBe(identities[1].cert);
  });

  it('leaves no private key in memory, taken or not', () => {
    put('cert', identities[1].cert);
    put('key', identities[1].key);
    install = () => {
      throw new StartRefusal('not now', 'later');
    };
    look();
    expect([installed.length, keys.length]).toEqual([1, 2]);
    for (const key of keys) expect(key.every((byte) => byte === 0)).toBe(true);
  });

  it('looks no more once it is stopped', () => {
    watch.stop();
    put('cert', '');
    look();
    look();
    expect(alarms).toEqual([]);
  });
});
