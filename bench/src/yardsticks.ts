import { execFileSync, spawnSync } from 'node:child_process';
import {
  createHmac,
  createPublicKey,
  decapsulate,
  encapsulate,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';

/** What one bare operation costs on this machine, in one thread, and who says so. */
export interface Yardstick {
  readonly source: string;
  /** CPU microseconds. */
  readonly cpu: number;
}

/** The OpenSSL of this machine, which is not the one in Node; undefined where there is none. */
export function opensslVersion(): string | undefined {
  const { status, stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Signatures that every OpenSSL can time; the newer ones differ from version to version in name and format. */
export type OpensslSignature = 'rsa2048' | 'ecdsap256' | 'ed25519';

/**
 * The CPU time of a signature by `openssl speed`, whose lines for machines are `+F2:index:bits:signatures a second:...`
 * (ECDSA, EdDSA: F4, F6, the latter with a name before the rate). Without an openssl: Node's own loop.
 */
export function opensslSign(algorithm: OpensslSignature, seconds: number): Yardstick {
  if (opensslVersion() === undefined) return nodeLoop(nodeSigners[algorithm](), seconds);
  const lines = execFileSync('openssl', ['speed', '-mr', '-seconds', String(seconds), algorithm], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const rate = /^\+F(?:2|4):\d+:\d+:([\d.]+):|^\+F6:\d+:\d+:[^:]+:([\d.]+):/m.exec(lines);
  const perSecond = Number(rate?.[1] ?? rate?.[2]);
  if (!(perSecond > 0)) throw new Error(`openssl speed ${algorithm} answered: ${lines}`);
  return { source: 'openssl speed', cpu: 1e6 / perSecond };
}

/** The CPU time of an operation of `node:crypto` in a loop that does nothing else. */
export function nodeLoop(operate: () => void, seconds: number): Yardstick {
  for (let warm = 0; warm < 3; warm++) operate();
  const endAt = performance.now() + seconds * 1000;
  const before = process.cpuUsage();
  let count = 0;
  do {
    operate();
    count++;
  } while (performance.now() < endAt);
  const { user, system } = process.cpuUsage(before);
  return { source: "Node's loop", cpu: (user + system) / count };
}

const message = randomBytes(32);

const nodeSigners: Readonly<Record<OpensslSignature, () => () => void>> = {
  rsa2048() {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return () => void sign('sha256', message, privateKey);
  },
  ecdsap256() {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return () => void sign('sha256', message, privateKey);
  },
  ed25519() {
    const { privateKey } = generateKeyPairSync('ed25519');
    return () => void sign(null, message, privateKey);
  },
};

/** What no `openssl speed` of every version can time, or none at all. */
export const nodeOperations = {
  mlDsa65() {
    const { privateKey } = generateKeyPairSync('ml-dsa-65');
    return () => void sign(null, message, privateKey);
  },
  mlKem768() {
    const { privateKey } = generateKeyPairSync('ml-kem-768');
    const { ciphertext } = encapsulate(createPublicKey(privateKey));
    return () => void decapsulate(privateKey, ciphertext);
  },
  hmacSha256() {
    const key = randomBytes(32);
    return () => void createHmac('sha256', key).update(message).digest();
  },
  generateP256: () => () => void generateKeyPairSync('ec', { namedCurve: 'P-256', ...der }),
  generateRsa2048: () => () => void generateKeyPairSync('rsa', { modulusLength: 2048, ...der }),
};

const der = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
} as const;
