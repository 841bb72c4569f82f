import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  type RecipientInfo,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { testPcr } from '@keyhaven/testkit/attestation';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KeyUnderTest, membersOf, refusal, useKms } from '../kms/kms-under-test.ts';
import { openssl } from '../tls/certificates.ts';
import { aes256Cbc, oaepSha256, openCmsReply, readCmsReply } from './cms-reply.ts';
import { attested, startEnclave, useAttestationPki } from './enclave.ts';

const { pki, rootsFile, folder } = await useAttestationPki();
const kms = useKms({ attestationRoots: rootsFile });
const enclave = startEnclave();
const otherEnclave = startEnclave();
const Recipient = attested(pki, enclave);

let key: KeyUnderTest;

beforeAll(async () => {
  key = await kms.createKey();
});

const encrypt = async (Plaintext: Uint8Array) => {
  const { CiphertextBlob } = await kms.client.send(new EncryptCommand({ KeyId: key.id, Plaintext }));
  return CiphertextBlob;
};

const openedBy = ({ CiphertextForRecipient }: { CiphertextForRecipient?: Uint8Array | undefined }) =>
  openCmsReply(CiphertextForRecipient ?? new Uint8Array(), enclave.privateKey);

/** What `openssl cms -decrypt` makes of a reply. */
function openedByOpenssl(reply: Uint8Array, privateKeyPem: string): Buffer {
  const path = (name: string) => join(folder, name);
  writeFileSync(path('reply.der'), reply);
  writeFileSync(path('enclave.key'), privateKeyPem);
  openssl(
    ...['cms', '-decrypt', '-binary', '-inform', 'DER', '-in', path('reply.der')],
    ...['-inkey', path('enclave.key'), '-out', path('plaintext')],
  );
  return readFileSync(path('plaintext'));
}

function openedByAnotherKey(reply: Uint8Array): Buffer | undefined {
  try {
    return openedByOpenssl(reply, otherEnclave.privateKeyPem);
  } catch {
    return undefined;
  }
}

describe('Decrypt for an enclave', () => {
  it('answers what only the key of the attestation document opens, and no Plaintext', async () => {
    const CiphertextBlob = await encrypt(Buffer.from('for the enclave'));
    const reply = await kms.client.send(new DecryptCommand({ CiphertextBlob, Recipient }));
    expect(Object.keys(membersOf(reply)).sort()).toEqual([
      'CiphertextForRecipient',
      'EncryptionAlgorithm',
      'KeyId',
      'KeyMaterialId',
    ]);
    expect(openedBy(reply).toString()).toBe('for the enclave');
    const sent = reply.CiphertextForRecipient ?? new Uint8Array();
    expect(Buffer.from(sent).includes('for the enclave')).toBe(false);
    expect(() => openCmsReply(sent, otherEnclave.privateKey)).toThrow();
  });

  it.each([1, 15, 16, 17, 4096])('opens with openssl cms -decrypt: %d bytes', async (length) => {
    const plaintext = Buffer.alloc(length, 7);
    const CiphertextBlob = await encrypt(plaintext);
    const { CiphertextForRecipient = new Uint8Array() } = await kms.client.send(
      new DecryptCommand({ CiphertextBlob, KeyId: key.id, Recipient }),
    );
    expect(openedByOpenssl(CiphertextForRecipient, enclave.privateKeyPem).equals(plaintext)).toBe(true);
    // With another key openssl goes on with a content key of chance, and mostly stumbles over the padding.
    expect(openedByAnotherKey(CiphertextForRecipient)?.equals(plaintext) ?? false).toBe(false);
  });

  it.each([3072, 4096])('takes an RSA key of %d bits', async (bits) => {
    const large = startEnclave(bits);
    const CiphertextBlob = await encrypt(Buffer.from('large'));
    const { CiphertextForRecipient = new Uint8Array() } = await kms.client.send(
      new DecryptCommand({ CiphertextBlob, Recipient: attested(pki, large) }),
    );
    expect(openCmsReply(CiphertextForRecipient, large.privateKey).toString()).toBe('large');
  });

  it('names the recipient and the algorithms as RFC 5652 and RFC 4055 have it', async () => {
    const CiphertextBlob = await encrypt(Buffer.from('x'));
    const { CiphertextForRecipient = new Uint8Array() } = await kms.client.send(
      new DecryptCommand({ CiphertextBlob, Recipient }),
    );
    expect(readCmsReply(CiphertextForRecipient)).toMatchObject({
      versions: [2, 2],
      subjectKeyIdentifier: createHash('sha256').update(enclave.publicKey).digest(),
      keyEncryptionAlgorithm: oaepSha256,
      contentEncryptionAlgorithm: aes256Cbc,
    });
  });

  it('never encrypts twice with the same key or initialization vector', async () => {
    const CiphertextBlob = await encrypt(Buffer.from('x'));
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => kms.client.send(new DecryptCommand({ CiphertextBlob, Recipient }))),
    );
    const parts = replies.map(({ CiphertextForRecipient = new Uint8Array() }) =>
      readCmsReply(CiphertextForRecipient),
    );
    expect(new Set(parts.map(({ iv }) => iv.toString('hex'))).size).toBe(8);
    expect(new Set(parts.map(({ encryptedContent }) => encryptedContent.toString('hex'))).size).toBe(8);
  });

  it('says of a dry run that it would have succeeded, and answers nothing', async () => {
    const CiphertextBlob = await encrypt(Buffer.from('x'));
    const request = new DecryptCommand({ CiphertextBlob, Recipient, DryRun: true });
    expect(await refusalOf(kms.client.send(request))).toMatchObject({ name: 'DryRunOperationException' });
  });

  it('refuses changed bytes as without an enclave', async () => {
    const CiphertextBlob = Buffer.from((await encrypt(Buffer.from('x'))) ?? new Uint8Array());
    CiphertextBlob[CiphertextBlob.length - 1] = (CiphertextBlob.at(-1) ?? 0) ^ 1;
    const request = new DecryptCommand({ CiphertextBlob, Recipient });
    expect(await refusalOf(kms.client.send(request))).toEqual(refusal('InvalidCiphertextException', ''));
  });
});

describe('GenerateDataKey for an enclave', () => {
  it('answers the data key to the enclave alone, and under the KMS key', async () => {
    const reply = await kms.client.send(
      new GenerateDataKeyCommand({ KeyId: key.id, KeySpec: 'AES_256', Recipient }),
    );
    expect(reply.Plaintext).toBeUndefined();
    const { CiphertextBlob } = reply;
    const { Plaintext } = await kms.client.send(new DecryptCommand({ CiphertextBlob }));
    expect(openedBy(reply)).toHaveLength(32);
    expect(openedBy(reply).equals(Plaintext ?? new Uint8Array())).toBe(true);
  });

  it('says of a dry run that it would have succeeded', async () => {
    const request = { KeyId: key.id, NumberOfBytes: 24, Recipient, DryRun: true };
    expect(await refusalOf(kms.client.send(new GenerateDataKeyCommand(request)))).toMatchObject({
      name: 'DryRunOperationException',
    });
  });
});

describe('GenerateRandom for an enclave', () => {
  it('answers as many bytes as were asked for, to the enclave alone', async () => {
    const reply = await kms.client.send(new GenerateRandomCommand({ NumberOfBytes: 33, Recipient }));
    expect(Object.keys(membersOf(reply))).toEqual(['CiphertextForRecipient']);
    const bytes = openedBy(reply);
    expect(bytes).toHaveLength(33);
    expect(bytes.equals(Buffer.alloc(33))).toBe(false);
  });

  it('still refuses a request without a size', async () => {
    expect(await refusalOf(kms.client.send(new GenerateRandomCommand({ Recipient })))).toEqual(
      refusal('ValidationException', 'NumberOfBytes is required.'),
    );
  });
});

describe('The journal', () => {
  const recordOf = async (recipient: RecipientInfo | undefined) => {
    const reply = await kms.client.send(
      new GenerateRandomCommand({
        NumberOfBytes: 1,
        ...(recipient === undefined ? {} : { Recipient: recipient }),
      }),
    );
    const { requestId } = reply.$metadata;
    return kms.service.journal().find((record) => record['requestId'] === requestId);
  };

  it('says which enclave was answered, by its module and what was measured', async () => {
    const pcrs = new Map([
      [0, testPcr(0xa0)],
      [1, testPcr(0)],
      [8, testPcr(0xa8)],
    ]);
    expect((await recordOf(attested(pki, enclave, { pcrs })))?.['recipient']).toEqual({
      attestationDocumentModuleId: 'i-0123456789abcdef0-enc0123456789abcdef',
      attestationDocumentEnclaveImageDigest: 'a0'.repeat(48),
      attestationDocumentEnclavePCR8: 'a8'.repeat(48),
    });
  });

  it('says which instance with NitroTPM was answered', async () => {
    const pcrs = new Map([[4, testPcr(0xa4)]]);
    const recipient = attested(pki, enclave, { registers: 'nitrotpm_pcrs', pcrs, moduleId: 'i-1-tpm0' });
    expect((await recordOf(recipient))?.['recipient']).toEqual({
      attestationDocumentModuleId: 'i-1-tpm0',
      attestationDocumentNitroTPMPCR4: 'a4'.repeat(48),
    });
  });

  it('names no recipient where there was none', async () => {
    expect(await recordOf(undefined)).not.toHaveProperty('recipient');
  });
});
