import { createHash, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aes256Cbc,
  oaepSha256,
  openCmsReply,
  readCmsReply,
} from '../../../conformance/src/enclaves/cms-reply.ts';
import { encryptForRecipient } from './cms-enveloped-data.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = publicKey.export({ type: 'spki', format: 'der' });

describe('A reply for a recipient', () => {
  it('opens with the private key, whatever is in it, and stays the same plaintext for its owner', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (plaintext) => {
        const before = Buffer.from(plaintext);
        expect(openCmsReply(encryptForRecipient(spki, plaintext), privateKey).equals(before)).toBe(true);
        expect(before.equals(plaintext)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('opens with no other private key', () => {
    const reply = encryptForRecipient(spki, Buffer.from('secret'));
    expect(() => openCmsReply(reply, other.privateKey)).toThrow();
  });

  it('names the algorithms with their parameters, and the recipient by the SHA-256 of its key', () => {
    expect(readCmsReply(encryptForRecipient(spki, Buffer.alloc(3)))).toMatchObject({
      versions: [2, 2],
      keyEncryptionAlgorithm: oaepSha256,
      contentEncryptionAlgorithm: aes256Cbc,
      subjectKeyIdentifier: createHash('sha256').update(spki).digest(),
    });
  });

  it('never repeats an initialization vector or an encrypted key', () => {
    const replies = Array.from({ length: 20 }, () =>
      readCmsReply(encryptForRecipient(spki, Buffer.alloc(16))),
    );
    for (const part of ['iv', 'encryptedKey', 'encryptedContent'] as const)
      expect(new Set(replies.map((reply) => reply[part].toString('hex'))).size).toBe(20);
  });

  it('is not made for what is no RSA public key', () => {
    expect(() => encryptForRecipient(Buffer.from('key'), Buffer.alloc(1))).toThrow();
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    expect(() => encryptForRecipient(ec.export({ type: 'spki', format: 'der' }), Buffer.alloc(1))).toThrow();
  });
});
