import type * as Crypto from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { rsa2048, wrappingAlgorithms } from '../index.ts';
import { kinds, pick } from './key-pairs.test-support.ts';
import { usePkcs8 } from './open-key.ts';

/** The very memory in which the platform handed secrets over, to look at after the call. */
const seen = vi.hoisted(() => ({ secrets: [] as Uint8Array[] }));

vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>();
  const keep = <T extends Uint8Array>(secret: T): T => {
    seen.secrets.push(secret);
    return secret;
  };
  return {
    ...crypto,
    privateDecrypt: (...args: Parameters<typeof crypto.privateDecrypt>) =>
      keep(crypto.privateDecrypt(...args)),
    decapsulate: (key: Crypto.KeyObject, bytes: Buffer) => keep(crypto.decapsulate(key, bytes)),
    encapsulate: (key: Crypto.KeyObject) => {
      const result = crypto.encapsulate(key);
      keep(result.sharedKey);
      return result;
    },
    diffieHellman: (keys: { privateKey: Crypto.KeyObject; publicKey: Crypto.KeyObject }) =>
      keep(crypto.diffieHellman(keys)),
    createECDH: (curve: string) => {
      const pair = crypto.createECDH(curve);
      const getPrivateKey = pair.getPrivateKey.bind(pair);
      return Object.assign(pair, { getPrivateKey: () => keep(getPrivateKey()) });
    },
    createDecipheriv: (...args: Parameters<typeof crypto.createDecipheriv>) => {
      const [, key] = args;
      if (key instanceof Uint8Array) keep(key);
      const decipher = crypto.createDecipheriv(...args);
      const update = decipher.update.bind(decipher);
      return Object.assign(decipher, { update: (bytes: Buffer) => keep(update(bytes)) });
    },
  };
});

beforeEach(() => {
  seen.secrets.length = 0;
});

function expectZeroised(least: number): void {
  expect(seen.secrets.length).toBeGreaterThanOrEqual(least);
  for (const secret of seen.secrets) expect(secret.every((byte) => byte === 0)).toBe(true);
}

/** Whether the bytes have memory of their own, which JavaScript does not move. */
function hasOwnMemory(bytes: Buffer | undefined): boolean {
  return bytes !== undefined && bytes.length > 0 && bytes.buffer.byteLength === bytes.length;
}

describe.each([...kinds].filter(([, kind]) => !kind.isSlowToGenerate))('%s', (_name, kind) => {
  it('makes and reads private keys in memory of their own, and zeroises what they came in', () => {
    const { privateKey } = kind.generate();
    expect(hasOwnMemory(privateKey)).toBe(true);
    expect(hasOwnMemory(kind.readPrivateKey(privateKey)?.privateKey)).toBe(true);
    expectZeroised(0);
  });

  it('zeroises every private key and number that a signature has taken from the platform', () => {
    const { privateKey } = kind.generate();
    using key = kind.openPrivateKey(privateKey);
    for (const scheme of kind.signing.values()) {
      for (const [messageType, length] of scheme.messageTypes) {
        scheme.sign(key, messageType, Buffer.alloc(length ?? 5, 1));
      }
    }
    expectZeroised(0);
  });

  it('gives shared secrets in memory of their own, and zeroises those of the platform', () => {
    const [one, other] = [kind.generate(), kind.generate()];
    using key = kind.openPrivateKey(one.privateKey);
    for (const scheme of kind.agreement.values()) {
      expect(hasOwnMemory(scheme.agree(key, other.publicKey))).toBe(true);
    }
    for (const scheme of kind.encapsulation.values()) {
      const { sharedSecret, ciphertext } = scheme.encapsulate(kind.openPublicKey(one.publicKey));
      expect(hasOwnMemory(sharedSecret)).toBe(true);
      expect(hasOwnMemory(scheme.decapsulate(key, ciphertext))).toBe(true);
      expectZeroised(2);
    }
    expectZeroised(0);
  });
});

describe('plaintexts and key material under RSA', () => {
  const pair = rsa2048.generate();
  const key = rsa2048.openPrivateKey(pair.privateKey);
  const publicKey = rsa2048.openPublicKey(pair.publicKey);
  const oaep = pick(rsa2048.encryption, 'RSAES_OAEP_SHA_256');

  it('come in memory of their own, and what the platform had is zeroised', () => {
    expect(hasOwnMemory(pair.privateKey)).toBe(true);
    expect(hasOwnMemory(rsa2048.readPrivateKey(pair.privateKey)?.privateKey)).toBe(true);
    expect(hasOwnMemory(oaep.decrypt(key, oaep.encrypt(publicKey, Buffer.alloc(32, 7))))).toBe(true);
    expectZeroised(1);
  });

  it('leave no AES key behind, whether or not the material unwraps', () => {
    const wrapped = Buffer.concat([oaep.encrypt(publicKey, Buffer.alloc(32, 7)), Buffer.alloc(40, 1)]);
    expect(pick(wrappingAlgorithms, 'RSA_AES_KEY_WRAP_SHA_256').unwrap(key, wrapped)).toBeUndefined();
    expectZeroised(2);
  });
});

describe('the private key that is lent', () => {
  const kind = pick(kinds, 'ECC_NIST_EDWARDS25519');
  const key = kind.openPrivateKey(kind.generate().privateKey);

  it('is zeroised after the use, and after a use that throws', () => {
    let lent = usePkcs8(key, (pkcs8) => {
      expect(pkcs8.some((byte) => byte !== 0)).toBe(true);
      return pkcs8;
    });
    expect(lent.every((byte) => byte === 0)).toBe(true);
    const fail = (pkcs8: Buffer): never => {
      lent = pkcs8;
      throw new Error('on purpose');
    };
    expect(() => usePkcs8(key, fail)).toThrow('on purpose');
    expect(lent.every((byte) => byte === 0)).toBe(true);
  });
});
