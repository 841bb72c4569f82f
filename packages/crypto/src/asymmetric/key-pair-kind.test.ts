import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDer } from '../der/der-reader.ts';
import { derTag } from '../der/der-tags.ts';
import { encodeDer } from '../der/der-writer.ts';
import { flip, hex, kinds, readVectors } from './key-pairs.test-support.ts';

/** A private key of each kind; RSA's are known ones, because they take long to make. */
function privateKeyOf(name: string): Buffer {
  const kind = kinds.get(name);
  if (kind === undefined) throw new Error(`There is no ${name}`);
  if (!kind.isSlowToGenerate) return kind.generate().privateKey;
  const { signatures } = readVectors('rsa.json') as {
    readonly signatures: readonly { readonly modulusBits: number; readonly privateKey?: string }[];
  };
  return hex(signatures.find((one) => name === `RSA_${one.modulusBits}` && one.privateKey)?.privateKey ?? '');
}

describe.each([...kinds])('%s', (name, kind) => {
  const privateKey = privateKeyOf(name);

  it('tells whether it is slow to make, which RSA is alone', () => {
    expect(kind.isSlowToGenerate).toBe(name.startsWith('RSA'));
  });

  it('reads the first version with attributes, and refuses them changed or out of place', () => {
    const attributes = hex('a00d300b0603551d0f310403020010');
    const withAttributes = insertLast(privateKey, attributes);
    expect(kind.readPrivateKey(withAttributes)?.privateKey.equals(privateKey)).toBe(true);
    expect(
      kind.readPrivateKey(insertLast(privateKey, hex('a10d300b0603551d0f310403020010'))),
    ).toBeUndefined();
    expect(kind.readPrivateKey(insertLast(withAttributes, attributes))).toBeUndefined();
    expect(kind.readPrivateKey(Buffer.concat([privateKey, attributes]))).toBeUndefined();
  });

  it('reads the second version with its public key (RFC 5958), and refuses it with another', () => {
    const { publicKey } = kind.readPrivateKey(privateKey) ?? { publicKey: Buffer.alloc(0) };
    const bits = readDer(publicKey, (reader) =>
      reader.inside(derTag.sequence, (info) => {
        info.contents(derTag.sequence);
        return info.bitString();
      }),
    );
    const secondVersion = Buffer.from(privateKey);
    secondVersion[secondVersion.indexOf(Buffer.of(2, 1, 0)) + 2] = 1;
    const withPublicKey = (bytes: Uint8Array): Buffer =>
      insertLast(secondVersion, encodeDer({ tag: 0x81, contents: bytes, zeroFirst: true }));
    const own = bits ?? Buffer.alloc(0);
    expect(kind.readPrivateKey(withPublicKey(own))?.privateKey.equals(privateKey)).toBe(true);
    const wrong = [flip(own, 77), own.subarray(1), Buffer.concat([own, Buffer.alloc(1)]), Buffer.alloc(0)];
    for (const one of wrong) expect(kind.readPrivateKey(withPublicKey(one))).toBeUndefined();
    const firstVersion = insertLast(privateKey, encodeDer({ tag: 0x81, contents: own, zeroFirst: true }));
    expect(kind.readPrivateKey(firstVersion)).toBeUndefined();
    secondVersion[secondVersion.indexOf(Buffer.of(2, 1, 1)) + 2] = 2;
    expect(kind.readPrivateKey(secondVersion)).toBeUndefined();
  });

  it('refuses every truncation, and every byte appended', () => {
    const step = Math.max(1, Math.floor(privateKey.length / 40));
    for (let length = 0; length < privateKey.length; length += step) {
      expect(kind.readPrivateKey(privateKey.subarray(0, length))).toBeUndefined();
    }
    for (const byte of [0x00, 0x05, 0x30, 0xff]) {
      expect(kind.readPrivateKey(Buffer.concat([privateKey, Buffer.of(byte)]))).toBeUndefined();
    }
  });

  it('refuses bytes that are no key without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
        expect(kind.readPrivateKey(garbage)).toBeUndefined();
        expect(kind.readPrivateKey(Buffer.concat([privateKey.subarray(0, 10), garbage]))).toBeUndefined();
      }),
    );
  });

  it('never throws for a changed bit; what it still reads is canonical', () => {
    fc.assert(
      fc.property(fc.nat(privateKey.length * 8 - 1), (bit) => {
        const read = kind.readPrivateKey(flip(privateKey, bit));
        if (read !== undefined) expect(kind.readPrivateKey(read.privateKey)).toEqual(read);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves the bytes that it reads and opens to the caller', () => {
    const given = Buffer.from(privateKey);
    const read = kind.readPrivateKey(given);
    using opened = kind.openPrivateKey(given);
    expect(given.equals(privateKey)).toBe(true);
    expect(opened.kind).toBe(kind);
    given.fill(0);
    expect(read?.privateKey.equals(privateKey)).toBe(true);
  });

  it('shows nothing of a private key that is printed', () => {
    using opened = kind.openPrivateKey(privateKey);
    const shown = inspect(opened, { showHidden: true, depth: 1 }) + JSON.stringify(Object.keys(opened));
    expect(shown).not.toContain('KeyObject');
    expect(shown).not.toContain(privateKey.toString('hex').slice(-16));
  });

  it('uses no private key once it is disposed', () => {
    const opened = kind.openPrivateKey(privateKey);
    opened[Symbol.dispose]();
    for (const [, scheme] of kind.signing) {
      for (const [messageType, length] of scheme.messageTypes) {
        expect(() => scheme.sign(opened, messageType, Buffer.alloc(length ?? 5, 1))).toThrow(/disposed/);
      }
    }
    for (const scheme of kind.encryption.values()) {
      expect(() => scheme.decrypt(opened, Buffer.alloc(256))).toThrow(/disposed/);
    }
    const { publicKey } = kind.readPrivateKey(privateKey) ?? { publicKey: Buffer.alloc(0) };
    for (const scheme of kind.agreement.values())
      expect(() => scheme.agree(opened, publicKey)).toThrow(/disposed/);
    for (const scheme of kind.encapsulation.values()) {
      expect(() => scheme.decapsulate(opened, Buffer.alloc(scheme.ciphertextBytes))).toThrow(/disposed/);
    }
  });

  it('throws when it opens what is no key', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(100, 0x30), privateKey.subarray(1)]) {
      expect(() => kind.openPrivateKey(bytes)).toThrow();
      expect(() => kind.openPublicKey(bytes)).toThrow();
    }
  });
});

/** The SEQUENCE with these bytes behind its last member. */
function insertLast(sequence: Buffer, bytes: Buffer): Buffer {
  const longForm = (sequence[1] ?? 0) & 0x80 ? (sequence[1] ?? 0) & 0x7f : 0;
  const contents = Buffer.concat([sequence.subarray(2 + longForm), bytes]);
  if (contents.length < 0x80) return Buffer.concat([Buffer.of(0x30, contents.length), contents]);
  if (contents.length < 0x100) return Buffer.concat([Buffer.of(0x30, 0x81, contents.length), contents]);
  return Buffer.concat([Buffer.of(0x30, 0x82, contents.length >> 8, contents.length & 0xff), contents]);
}
