import { makeAttestationPki, makeTestDocument, testPcr } from '@keyhaven/testkit/attestation';
import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCbor } from './bounded-cbor.ts';
import { findCoseSign1 } from './cose-sign1.ts';
import { findDocumentPayload } from './document-payload.ts';
import { verifyAttestationDocument } from './verify-attestation-document.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const pki = await makeAttestationPki(now);
const roots = [pki.root.der];
const { publicKey: recipientKey } = await crypto.subtle.generateKey(
  {
    name: 'RSA-OAEP',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  true,
  ['encrypt', 'decrypt'],
);
const publicKey = Buffer.from(await crypto.subtle.exportKey('spki', recipientKey));
const document = makeTestDocument(pki, { publicKey });
const verify = (bytes: Uint8Array) => verifyAttestationDocument(bytes, roots, now);
const malformed = { fault: 'malformed' };

describe('verifyAttestationDocument', () => {
  it('answers what a document of an enclave says, as plain data', () => {
    const pcrs = new Map([
      [0, testPcr(0xa0)],
      [31, Buffer.alloc(64, 0xff)],
    ]);
    const verified = verify(
      makeTestDocument(pki, { publicKey, pcrs, userData: Buffer.alloc(512), nonce: Buffer.alloc(0) }),
    );
    expect(verified).toEqual({
      moduleId: 'i-0123456789abcdef0-enc0123456789abcdef',
      timestamp: now - 3_600_000,
      publicKey: Uint8Array.from(publicKey),
      pcrs: new Map([
        [0, 'a0'.repeat(48)],
        [31, 'ff'.repeat(64)],
      ]),
      nitroTpmPcrs: new Map(),
      imageSha384: 'a0'.repeat(48),
    });
    expect(structuredClone(verified)).toEqual(verified);
  });

  it('answers what a document of an instance with NitroTPM says, which has no image', () => {
    const contents = { publicKey, registers: 'nitrotpm_pcrs', pcrs: new Map([[0, testPcr(4)]]) } as const;
    expect(verify(makeTestDocument(pki, contents))).toMatchObject({
      imageSha384: undefined,
      pcrs: new Map(),
      nitroTpmPcrs: new Map([[0, '04'.repeat(48)]]),
    });
  });

  it('takes the tag of COSE_Sign1, which may be left out', () => {
    expect(verify(Buffer.concat([Buffer.from([0xd2]), document]))).toEqual(verify(document));
  });

  it('asks for the document first, then for its chain, its signature, and its key', async () => {
    const changed = Buffer.from(document);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const other = await makeAttestationPki(now);
    expect(verify(changed)).toEqual({ fault: 'wrong signature' });
    expect(verifyAttestationDocument(changed, [other.root.der], now)).toEqual({ fault: 'unknown root' });
    expect(verifyAttestationDocument(changed, roots, now + 7_200_000)).toEqual({
      fault: 'certificate not valid now',
    });
    expect(verify(makeTestDocument(pki, {}))).toEqual({ fault: 'no public key' });
    expect(verify(makeTestDocument(pki, { publicKey: Buffer.from('key') }))).toEqual({
      fault: 'unsuitable public key',
    });
  });

  it('finds a fault in every document with a changed byte, and throws for none', () => {
    fc.assert(
      fc.property(fc.nat(document.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(document);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(verify(changed)).toHaveProperty('fault');
      }),
      { numRuns: 500 },
    );
  });

  it('finds a fault in any bytes, and throws for none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(verify(bytes)).toEqual(malformed);
        expect(findDocumentPayload(bytes)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('The COSE_Sign1 of a document', () => {
  const header = Buffer.from('a1013822', 'hex');
  const empty = new Map();
  const signature = Buffer.alloc(96);
  const payload = Buffer.from('payload');

  it('is taken apart, tagged or not, whatever its payload says', () => {
    const bytes = encode([header, empty, payload, signature]);
    const parts = findCoseSign1(bytes);
    expect(Buffer.from(parts?.payload ?? []).toString()).toBe('payload');
    expect(findCoseSign1(Buffer.concat([Buffer.from([0xd2]), bytes]))).toEqual(parts);
    expect(findCoseSign1(encode([header, empty, Buffer.alloc(16_384), signature]))).toBeDefined();
  });

  it.each<readonly [string, unknown]>([
    ['with another algorithm (ES256)', [Buffer.from('a10126', 'hex'), empty, payload, signature]],
    ['with the algorithm under another label', [Buffer.from('a1023822', 'hex'), empty, payload, signature]],
    ['without an algorithm', [Buffer.from('a0', 'hex'), empty, payload, signature]],
    ['with an empty header', [Buffer.alloc(0), empty, payload, signature]],
    ['with more in its header', [Buffer.from('a20138220441ff', 'hex'), empty, payload, signature]],
    ['with an unprotected header', [header, new Map([[4, Buffer.from('x')]]), payload, signature]],
    ['with a header that is no byte string', [new Map([[1, -35]]), empty, payload, signature]],
    ['without payload', [header, empty, null, signature]],
    ['of three parts', [header, empty, payload]],
    ['of five parts', [header, empty, payload, signature, 0]],
    ['that is a map', new Map([[0, header]])],
    ['that is a string', 'document'],
  ])('is malformed %s', (_, parts) => {
    expect(findCoseSign1(encode(parts))).toBeUndefined();
  });

  it('is malformed with a payload of more than 16,384 bytes', () => {
    expect(findCoseSign1(encode([header, empty, Buffer.alloc(16_385), signature]))).toBeUndefined();
  });

  it('is malformed as a whole of more than what is around that payload', () => {
    expect(findCoseSign1(encode([header, empty, payload, Buffer.alloc(16_800)]))).toBeUndefined();
  });
});

describe('The payload of a document', () => {
  const certificate = Buffer.alloc(10);
  const pcrs = new Map([[0, testPcr(0)]]);
  const good = {
    module_id: 'i-1',
    digest: 'SHA384',
    timestamp: 1,
    pcrs,
    certificate,
    cabundle: [certificate],
  };
  /** An undefined member is left out. */
  const read = (changes: Readonly<Record<string, unknown>> = {}) => {
    const members = Object.entries<unknown>({ ...good, ...changes }).filter(
      ([, value]) => value !== undefined,
    );
    return findDocumentPayload(encode(new Map(members)));
  };
  const registers = (...pairs: readonly (readonly [unknown, unknown])[]) => new Map(pairs);

  it('is taken as the attestation process defines it', () => {
    expect(read()).toMatchObject({ moduleId: 'i-1', publicKey: undefined });
    expect(
      read({ public_key: Buffer.alloc(1024), user_data: Buffer.alloc(512), nonce: Buffer.alloc(0) }),
    ).toBeDefined();
    for (const length of [32, 48, 64])
      expect(read({ pcrs: registers([31, Buffer.alloc(length)]) })).toBeDefined();
  });

  it('is taken with null for what was not asked for, and as a map of indefinite length, as the module writes it', () => {
    expect(read({ public_key: null, user_data: null, nonce: null })).toMatchObject({ publicKey: undefined });
    const definite = encode(new Map(Object.entries(good)));
    const indefinite = Buffer.concat([Buffer.from([0xbf]), definite.subarray(1), Buffer.from([0xff])]);
    expect(findDocumentPayload(indefinite)).toEqual(findDocumentPayload(definite));
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['without module id', { module_id: undefined }],
    ['with an empty module id', { module_id: '' }],
    ['with a long module id', { module_id: 'i'.repeat(257) }],
    ['with a module id of bytes', { module_id: Buffer.from('i-1') }],
    ['without digest', { digest: undefined }],
    ['with the digest SHA256', { digest: 'SHA256' }],
    ['without timestamp', { timestamp: undefined }],
    ['with the timestamp 0', { timestamp: 0 }],
    ['with a timestamp before 1970', { timestamp: -1 }],
    ['with a fractional timestamp', { timestamp: 1.5 }],
    ['without registers', { pcrs: undefined }],
    ['with registers that are null', { pcrs: null }],
    ['with an empty map of registers', { pcrs: registers() }],
    ['with the registers of an enclave and of a NitroTPM', { nitrotpm_pcrs: pcrs }],
    ['with registers in an array', { pcrs: [testPcr(0)] }],
    ['with register 32', { pcrs: registers([32, testPcr(0)]) }],
    ['with register -1', { pcrs: registers([-1, testPcr(0)]) }],
    ['with a register called by text', { pcrs: registers(['0', testPcr(0)]) }],
    ['with a register of 33 bytes', { pcrs: registers([0, Buffer.alloc(33)]) }],
    ['with an empty register', { pcrs: registers([0, Buffer.alloc(0)]) }],
    ['with a register of text', { pcrs: registers([0, 'a'.repeat(48)]) }],
    ['without certificate', { certificate: undefined }],
    ['with an empty certificate', { certificate: Buffer.alloc(0) }],
    ['with a certificate of 1,025 bytes', { certificate: Buffer.alloc(1025) }],
    ['without CA bundle', { cabundle: undefined }],
    ['with an empty CA bundle', { cabundle: [] }],
    ['with text in the CA bundle', { cabundle: [certificate, 'root'] }],
    ['with an empty certificate in the CA bundle', { cabundle: [Buffer.alloc(0)] }],
    ['with an empty public key', { public_key: Buffer.alloc(0) }],
    ['with a public key of 1,025 bytes', { public_key: Buffer.alloc(1025) }],
    ['with a public key of text', { public_key: 'key' }],
    ['with user data of 513 bytes', { user_data: Buffer.alloc(513) }],
    ['with a nonce of 513 bytes', { nonce: Buffer.alloc(513) }],
    ['with a nonce of text', { nonce: 'nonce' }],
    ['with a member that is not among those', { extra: 1 }],
    ['with a member called __proto__', { ['__proto__']: 1 }],
  ])('is malformed %s', (_, changes) => {
    expect(read(changes)).toBeUndefined();
  });

  it('is malformed with a member twice, also where both say the same', () => {
    const bytes = Buffer.from(encode(new Map(Object.entries(good))));
    const again = Buffer.concat([bytes, encode('digest'), encode('SHA384')]);
    again[0] = 0xa7;
    expect(findDocumentPayload(bytes)).toBeDefined();
    expect(findDocumentPayload(again)).toBeUndefined();
  });
});

describe('CBOR is refused', () => {
  it.each([
    ['with a number in a longer form', '1817'],
    ['with a length in a longer form', '580101'],
    ['with a tag', 'c101'],
    ['with undefined', 'f7'],
    ['with NaN', 'f97e00'],
    ['with Infinity', 'f97c00'],
    ['with a number above 2^53', '1bffffffffffffffff'],
    ['with a byte string of indefinite length', '5f4101ff'],
    ['with a text of indefinite length', '7f6161ff'],
    ['with a break that ends nothing', 'ff'],
    ['with an array that is cut short', '8201'],
    ['with an array that claims more than there can be', '9affffffff'],
    ['with a byte string that claims more than there is', '5affffffff00'],
    ['with a key twice', 'a201000101'],
    ['with a byte after it', '0000'],
    ['with nothing', ''],
  ])('%s', (_, digits) => {
    expect(findCbor(Buffer.from(digits, 'hex'))).toBeUndefined();
  });

  it('that is nested deeply or has many items, without overflowing the stack', () => {
    expect(findCbor(Buffer.alloc(262_144, 0x81))).toBeUndefined();
    expect(findCbor(Buffer.alloc(262_144, 0x9f))).toBeUndefined();
    expect(findCbor(encode(Array.from({ length: 600 }, () => 0)))).toBeUndefined();
    expect(findCbor(encode(Array.from({ length: 500 }, () => 0)))).toHaveLength(500);
  });
});
