import { generateKeyPairSync } from 'node:crypto';
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  type RecipientInfo,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import {
  type AttestationPki,
  makeAttestationPki,
  makeTestDocument,
  testPcr,
} from '@keyhaven/testkit/attestation';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { absentKeyId, constraintRefusal, type FurnishedKey, refusal, useKms } from '../kms/kms-under-test.ts';
import { send } from '../wire/raw-http.ts';
import { sign, toBytesOf } from '../wire/signed-request.ts';
import { attested, recipientOf, startEnclave, useAttestationPki } from './enclave.ts';

const { pki, rootsFile } = await useAttestationPki();
const kms = useKms({ attestationRoots: rootsFile });
const enclave = startEnclave();
const document = makeTestDocument(pki, { publicKey: enclave.publicKey });
const hour = 60 * 60 * 1000;

const invalid = (text: string) => refusal('ValidationException', text);
const malformed = invalid('The attestation document is malformed.');
const untrusted = invalid('The attestation document does not lead to a trusted root.');
const expired = invalid('A certificate of the attestation document is not valid at this time.');
const wrongSignature = invalid('The signature of the attestation document is not valid.');
const withoutKey = invalid('The attestation document has no public key.');
const unsuitableKey = invalid(
  'The public key of the attestation document is not an RSA key of at least 2048 bits in DER (SubjectPublicKeyInfo).',
);

let key: FurnishedKey;

beforeAll(async () => {
  key = await kms.furnishKey();
});

const random = (Recipient: RecipientInfo) =>
  kms.client.send(new GenerateRandomCommand({ NumberOfBytes: 8, Recipient }));
const refused = (AttestationDocument: Uint8Array) => refusalOf(random(recipientOf(AttestationDocument)));
const refusedOf = (from: AttestationPki) => refused(makeTestDocument(from, { publicKey: enclave.publicKey }));

describe('An attestation document is refused', () => {
  it('by every operation that takes one, before anything is answered', async () => {
    const Recipient = recipientOf(Buffer.from('no document'));
    const requests = [
      kms.client.send(new DecryptCommand({ CiphertextBlob: key.ciphertextBlob, Recipient })),
      kms.client.send(new GenerateDataKeyCommand({ KeyId: key.id, KeySpec: 'AES_256', Recipient })),
      random(Recipient),
    ];
    for (const request of requests) expect(await refusalOf(request)).toEqual(malformed);
  });

  it('in a dry run too', async () => {
    const Recipient = recipientOf(document.subarray(1));
    const request = { CiphertextBlob: key.ciphertextBlob, Recipient, DryRun: true };
    expect(await refusalOf(kms.client.send(new DecryptCommand(request)))).toEqual(malformed);
  });

  it('alike for a key that is there and one that is not', async () => {
    const Recipient = recipientOf(Buffer.from('no document'));
    for (const KeyId of [key.id, absentKeyId]) {
      const request = new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', Recipient });
      expect(await refusalOf(kms.client.send(request))).toEqual(malformed);
    }
  });

  it.each([
    ['that is text', Buffer.from('attestation')],
    ['that is one byte', Buffer.from([0x84])],
    ['that is cut short', document.subarray(0, -1)],
    ['with a byte after it', Buffer.concat([document, Buffer.from([0])])],
    ['with the tag of COSE_Sign', Buffer.concat([Buffer.from([0xd8, 0x62]), document])],
    ['with two tags', Buffer.concat([Buffer.from([0xd2, 0xd2]), document])],
    ['in Base64 twice', Buffer.from(document.toString('base64'))],
    ['of arrays in arrays', Buffer.alloc(200_000, 0x81)],
    ['of maps in maps', Buffer.alloc(16_000, 0xa1)],
    ['of 262,144 bytes', Buffer.alloc(262_144)],
  ])('%s: it is malformed', async (_, bytes) => {
    expect(await refused(bytes)).toEqual(malformed);
  });

  it('of more than 262,144 bytes, by its shape', async () => {
    const { name, message } = await refused(Buffer.alloc(262_145));
    expect(name).toBe('ValidationException');
    expect(message).toContain(
      "at 'recipient.attestationDocument' failed to satisfy constraint: Member must have length less than or equal to 262144",
    );
  });

  it('that is not Base64', async () => {
    const request = await sign(kms.service.url, {
      operation: 'GenerateRandom',
      body: {
        NumberOfBytes: 8,
        Recipient: { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: '%%%' },
      },
    });
    const { status, body } = await send(kms.service.url, toBytesOf(request));
    expect(status).toBe(400);
    expect(body).toContain('SerializationException');
  });

  it('under a root that the service does not trust', async () => {
    expect(await refusedOf(await makeAttestationPki(Date.now()))).toEqual(untrusted);
  });

  it('whose bundle begins with the trusted root and goes on with another chain', async () => {
    const other = await makeAttestationPki(Date.now());
    expect(await refusedOf({ ...other, root: pki.root })).toEqual(untrusted);
  });

  it.each(['authority', 'leaf'] as const)('whose %s certificate has expired', async (part) => {
    const past = { notBefore: new Date(Date.now() - 2 * hour), notAfter: new Date(Date.now() - hour) };
    const chain = await makeAttestationPki(Date.now(), { under: pki.root, [part]: past });
    expect(await refusedOf(chain)).toEqual(expired);
  });

  it.each(['authority', 'leaf'] as const)('whose %s certificate is not valid yet', async (part) => {
    const future = { notBefore: new Date(Date.now() + hour), notAfter: new Date(Date.now() + 2 * hour) };
    const chain = await makeAttestationPki(Date.now(), { under: pki.root, [part]: future });
    expect(await refusedOf(chain)).toEqual(expired);
  });

  it('whose signature is that of another key', async () => {
    const other = await makeAttestationPki(Date.now(), { under: pki.root });
    const leaf = { ...pki.leaf, pkcs8: other.leaf.pkcs8 };
    expect(await refusedOf({ ...pki, leaf })).toEqual(wrongSignature);
  });

  it('without a public key', async () => {
    expect(await refused(makeTestDocument(pki, {}))).toEqual(withoutKey);
  });

  it.each([
    ['RSA key of 1,024 bits', startEnclave(1024).publicKey],
    [
      'key for ECDH',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' }),
    ],
    [
      'RSA key for PSS alone',
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export({
        type: 'spki',
        format: 'der',
      }),
    ],
    [
      'RSA key with the exponent 3',
      generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey.export({
        type: 'spki',
        format: 'der',
      }),
    ],
    [
      'RSA key in the form of PKCS #1',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'pkcs1', format: 'der' }),
    ],
    ['text', Buffer.from('public key')],
  ])('whose public key is an unsuitable one: %s', async (_, publicKey) => {
    expect(await refused(makeTestDocument(pki, { publicKey }))).toEqual(unsuitableKey);
  });

  it('after any change of any byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(document.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(document);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect((await refused(changed)).name).toBe('ValidationException');
      }),
      { numRuns: 300 },
    );
  });

  it('once the time of the service is past its certificates, and not before', async () => {
    const Recipient = attested(pki, enclave, { pcrs: new Map([[0, testPcr(1)]]) });
    await random(Recipient);
    await kms.service.advance(2 * 60 * 60);
    expect(await refusalOf(random(Recipient))).toEqual(expired);
  });
});

describe('Recipient is refused', () => {
  it('without KeyEncryptionAlgorithm', async () => {
    expect(await refusalOf(random({ AttestationDocument: document }))).toEqual(
      constraintRefusal(
        "Value null at 'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  it('without AttestationDocument', async () => {
    expect(await refusalOf(random({ KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }))).toEqual(
      constraintRefusal(
        "Value null at 'recipient.attestationDocument' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  it('without both, instead of being answered in clear', async () => {
    expect((await refusalOf(random({}))).name).toBe('ValidationException');
  });

  it('with another algorithm', async () => {
    const Recipient: object = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_1', AttestationDocument: document };
    expect((await refusalOf(random(Recipient))).message).toContain(
      "at 'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [RSAES_OAEP_SHA_256]",
    );
  });
});
