import { constants, createPrivateKey, hash, privateEncrypt, publicDecrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rsa2048 } from '../index.ts';
import { flip, hex, kinds, pick, readVectors } from './key-pairs.test-support.ts';
import { opensslVerifies, runOpenssl, withFiles } from './openssl.test-support.ts';

interface SignatureVector {
  readonly source: string;
  readonly algorithm: string;
  readonly modulusBits: number;
  readonly note: string;
  readonly privateKey?: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

interface EncryptionVector {
  readonly algorithm: string;
  readonly note: string;
  readonly privateKey: string;
  readonly ciphertext: string;
  readonly plaintext: string | null;
}

const vectors = readVectors('rsa.json') as {
  readonly signatures: readonly SignatureVector[];
  readonly encryption: readonly EncryptionVector[];
};

const message = Buffer.from('a message');
const { privateKey: pkcs8, publicKey: spki } = rsa2048.generate();
const privateKey = rsa2048.openPrivateKey(pkcs8);
const publicKey = rsa2048.openPublicKey(spki);

function digestOf(algorithm: string, bytes: Uint8Array): Buffer {
  return hash(`sha${algorithm.slice(-3)}`, bytes, 'buffer');
}

/** The options of `openssl pkeyutl` for a signature algorithm. */
function signatureOptions(algorithm: string, saltLength = 'digest'): readonly string[] {
  const pss = ['rsa_padding_mode:pss', `rsa_pss_saltlen:${saltLength}`];
  const padding = algorithm.includes('PSS') ? pss : ['rsa_padding_mode:pkcs1'];
  return [`digest:sha${algorithm.slice(-3)}`, ...padding].flatMap((option) => ['-pkeyopt', option]);
}

describe('RSA signatures', () => {
  it.each(vectors.signatures)('$algorithm, $modulusBits bits, $source: $note', (vector) => {
    const kind = pick(kinds, `RSA_${vector.modulusBits}`);
    const scheme = pick(kind.signing, vector.algorithm);
    const key = kind.openPublicKey(hex(vector.publicKey));
    const bytes = hex(vector.message);
    const signature = hex(vector.signature);
    expect(scheme.verify(key, 'RAW', bytes, signature)).toBe(vector.valid);
    expect(scheme.verify(key, 'DIGEST', digestOf(vector.algorithm, bytes), signature)).toBe(vector.valid);
  });

  const deterministic = vectors.signatures.filter((one) => one.valid && one.algorithm.includes('PKCS1'));
  it.each(deterministic)('$algorithm, $modulusBits bits, is made byte for byte as CAVP has it', (vector) => {
    const kind = pick(kinds, `RSA_${vector.modulusBits}`);
    using key = kind.openPrivateKey(hex(vector.privateKey ?? ''));
    const scheme = pick(kind.signing, vector.algorithm);
    expect(scheme.sign(key, 'RAW', hex(vector.message)).toString('hex')).toBe(vector.signature);
  });

  it.each([...rsa2048.signing.keys()])('of %s verify under OpenSSL, and its own verify here', (name) => {
    const scheme = pick(rsa2048.signing, name);
    const digest = digestOf(name, message);
    withFiles({ key: pkcs8, digest, signature: scheme.sign(privateKey, 'RAW', message) }, (path) => {
      const common = [
        '-inkey',
        path('key'),
        '-keyform',
        'DER',
        '-in',
        path('digest'),
        ...signatureOptions(name),
      ];
      expect(opensslVerifies(['pkeyutl', '-verify', '-sigfile', path('signature'), ...common])).toBe(true);
      const theirs = runOpenssl(['pkeyutl', '-sign', ...common]);
      expect(scheme.verify(publicKey, 'RAW', message, theirs)).toBe(true);
      expect(scheme.verify(publicKey, 'DIGEST', digest, theirs)).toBe(true);
    });
  });

  it('with PSS are refused where the salt is not as long as the digest', () => {
    const name = 'RSASSA_PSS_SHA_256';
    const digest = digestOf(name, message);
    for (const saltLength of ['0', '31', '33', 'max']) {
      withFiles({ key: pkcs8, digest }, (path) => {
        const common = ['-inkey', path('key'), '-keyform', 'DER', '-in', path('digest')];
        const theirs = runOpenssl(['pkeyutl', '-sign', ...common, ...signatureOptions(name, saltLength)]);
        expect(pick(rsa2048.signing, name).verify(publicKey, 'DIGEST', digest, theirs)).toBe(false);
      });
    }
  });

  it('with PSS are refused when any part of the encoded message is another, though the key signed it', () => {
    const scheme = pick(rsa2048.signing, 'RSASSA_PSS_SHA_256');
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const padding = constants.RSA_NO_PADDING;
    const signChanged = (at: number, mask: number): boolean | undefined => {
      const encoded = publicDecrypt({ key, padding }, scheme.sign(privateKey, 'RAW', message));
      encoded.writeUInt8(encoded.readUInt8(at) ^ mask, at);
      try {
        return scheme.verify(publicKey, 'RAW', message, privateEncrypt({ key, padding }, encoded));
      } catch {
        // Above the modulus, as it can be with another first bit.
        return undefined;
      }
    };
    expect(signChanged(0, 0)).toBe(true);
    const oneAt = 256 - 32 - 1 - 32 - 1;
    for (const at of [1, 100, oneAt - 1, oneAt, oneAt + 1, 222, 223, 254, 255]) {
      expect(signChanged(at, 0x03)).toBe(false);
    }
    const firstBits = Array.from({ length: 40 }, () => signChanged(0, 0x80));
    expect(firstBits).toContain(false);
    expect(firstBits).not.toContain(true);
  });

  it('are refused without the zero that they begin with', () => {
    const scheme = pick(rsa2048.signing, 'RSASSA_PKCS1_V1_5_SHA_256');
    let count = 0;
    let text: Buffer;
    let signature: Buffer;
    do {
      text = Buffer.from(`message ${count++}`);
      signature = scheme.sign(privateKey, 'RAW', text);
    } while (signature[0] !== 0);
    expect(scheme.verify(publicKey, 'RAW', text, signature)).toBe(true);
    expect(scheme.verify(publicKey, 'RAW', text, signature.subarray(1))).toBe(false);
  });

  it('with PSS differ each time', () => {
    const scheme = pick(rsa2048.signing, 'RSASSA_PSS_SHA_512');
    expect(scheme.sign(privateKey, 'RAW', message).equals(scheme.sign(privateKey, 'RAW', message))).toBe(
      false,
    );
  });

  it.each([...rsa2048.signing])('of %s are refused when they are changed or malformed', (_name, scheme) => {
    const signature = scheme.sign(privateKey, 'RAW', message);
    for (let bit = 0; bit < 2048; bit += 37) {
      expect(scheme.verify(publicKey, 'RAW', message, flip(signature, bit))).toBe(false);
    }
    const malformed = [
      Buffer.alloc(0),
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([Buffer.alloc(1), signature]),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.alloc(256),
      Buffer.alloc(256, 0xff),
    ];
    for (const wrong of malformed) expect(scheme.verify(publicKey, 'RAW', message, wrong)).toBe(false);
  });

  it('verify under their own algorithm only', () => {
    for (const [name, scheme] of rsa2048.signing) {
      const signature = scheme.sign(privateKey, 'RAW', message);
      for (const [other, otherScheme] of rsa2048.signing) {
        expect(otherScheme.verify(publicKey, 'RAW', message, signature)).toBe(other === name);
      }
    }
  });

  it('refuse a digest of another length, and an external mu, with a RangeError', () => {
    const scheme = pick(rsa2048.signing, 'RSASSA_PSS_SHA_384');
    expect(() => scheme.sign(privateKey, 'DIGEST', Buffer.alloc(32))).toThrow(RangeError);
    expect(() => scheme.sign(privateKey, 'EXTERNAL_MU', Buffer.alloc(48))).toThrow(RangeError);
    expect(() => scheme.verify(publicKey, 'DIGEST', Buffer.alloc(64), Buffer.alloc(256))).toThrow(RangeError);
  });
});

describe('RSAES-OAEP', () => {
  it.each(vectors.encryption)('with $algorithm: $note', (vector) => {
    using key = rsa2048.openPrivateKey(hex(vector.privateKey));
    const plaintext = pick(rsa2048.encryption, vector.algorithm).decrypt(key, hex(vector.ciphertext));
    expect(plaintext?.toString('hex')).toBe(vector.plaintext ?? undefined);
  });

  it.each([
    ['RSAES_OAEP_SHA_1', 'sha1', 214],
    ['RSAES_OAEP_SHA_256', 'sha256', 190],
  ])('%s: OpenSSL decrypts what is encrypted here, and the other way around', (name, digest, most) => {
    const scheme = pick(rsa2048.encryption, name);
    expect(scheme.maxPlaintextBytes).toBe(most);
    const plaintext = Buffer.alloc(most, 0xa5);
    withFiles({ key: pkcs8, plaintext, ours: scheme.encrypt(publicKey, plaintext) }, (path) => {
      const oaep = ['rsa_padding_mode:oaep', `rsa_oaep_md:${digest}`, `rsa_mgf1_md:${digest}`];
      const options = oaep.flatMap((option) => ['-pkeyopt', option]);
      const common = ['-inkey', path('key'), '-keyform', 'DER', ...options];
      expect(runOpenssl(['pkeyutl', '-decrypt', ...common, '-in', path('ours')]).equals(plaintext)).toBe(
        true,
      );
      const theirs = runOpenssl(['pkeyutl', '-encrypt', ...common, '-in', path('plaintext')]);
      expect(scheme.decrypt(privateKey, theirs)?.equals(plaintext)).toBe(true);
    });
  });

  it('takes as many bytes as AWS says, and refuses one more with a RangeError', () => {
    const limits = [...kinds].flatMap(([name, kind]) =>
      name.startsWith('RSA') ? [...kind.encryption.values()].map((scheme) => scheme.maxPlaintextBytes) : [],
    );
    expect(limits).toEqual([214, 190, 342, 318, 470, 446]);
    for (const scheme of rsa2048.encryption.values()) {
      const tooLong = Buffer.alloc(scheme.maxPlaintextBytes + 1);
      expect(() => scheme.encrypt(publicKey, tooLong)).toThrow(RangeError);
    }
  });

  it('refuses a ciphertext without the zero that it begins with', () => {
    const scheme = pick(rsa2048.encryption, 'RSAES_OAEP_SHA_256');
    let ciphertext: Buffer;
    do ciphertext = scheme.encrypt(publicKey, message);
    while (ciphertext[0] !== 0);
    expect(scheme.decrypt(privateKey, ciphertext)?.equals(message)).toBe(true);
    expect(scheme.decrypt(privateKey, ciphertext.subarray(1))).toBeUndefined();
  });

  it('refuses every changed ciphertext, another length, the other hash and another key', () => {
    const scheme = pick(rsa2048.encryption, 'RSAES_OAEP_SHA_256');
    const ciphertext = scheme.encrypt(publicKey, message);
    for (let bit = 0; bit < 2048; bit += 41) {
      expect(scheme.decrypt(privateKey, flip(ciphertext, bit))).toBeUndefined();
    }
    const malformed = [
      Buffer.alloc(0),
      ciphertext.subarray(1),
      Buffer.concat([Buffer.alloc(1), ciphertext]),
      Buffer.concat([ciphertext, Buffer.alloc(1)]),
      Buffer.alloc(256),
      Buffer.alloc(256, 0xff),
    ];
    for (const wrong of malformed) expect(scheme.decrypt(privateKey, wrong)).toBeUndefined();
    expect(pick(rsa2048.encryption, 'RSAES_OAEP_SHA_1').decrypt(privateKey, ciphertext)).toBeUndefined();
    using stranger = rsa2048.openPrivateKey(hex(vectors.encryption[0]?.privateKey ?? ''));
    expect(scheme.decrypt(stranger, ciphertext)).toBeUndefined();
  });
});
