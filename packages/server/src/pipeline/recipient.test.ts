import { AwsError, blob, integer, recipient } from '@keyhaven/api-model';
import { describe, expect, it } from 'vitest';
import type { AttestationFaultName, AttestedRecipient } from '../attestation/attested-recipient.ts';
import type { Maybe } from '../maybe.ts';
import { kmsOperations } from '../services/kms/index.ts';
import { operation, type Operation, type Outcome } from './operation.ts';
import type { Ports } from './ports.ts';
import { answerRecipient, loadRecipient } from './recipient.ts';
import { accountTarget } from './targets/account.ts';

const { publicKey: recipientKey } = await crypto.subtle.generateKey(
  { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
  true,
  ['encrypt', 'decrypt'],
);
const attested: AttestedRecipient = {
  moduleId: 'i-1',
  timestamp: 1,
  publicKey: Buffer.from(await crypto.subtle.exportKey('spki', recipientKey)),
  pcrs: new Map(),
  nitroTpmPcrs: new Map(),
  imageSha384: undefined,
};

function operationOf(name: string): Operation {
  return kmsOperations.get(name) ?? expect.unreachable(`there is no ${name}`);
}

const GenerateRandom = operationOf('GenerateRandom');

const outcomeWith = (Plaintext: unknown): Outcome => ({
  output: { Plaintext },
  keyMaterialId: 'id',
});

describe('The outcome for a recipient', () => {
  it('has the ciphertext and not the plaintext, which is zeroised', () => {
    const plaintext = Buffer.from('a secret of some length');
    const { output, keyMaterialId } = answerRecipient(GenerateRandom, outcomeWith(plaintext), attested);
    expect(output).toMatchObject({
      Plaintext: undefined,
      CiphertextForRecipient: expect.any(Buffer) as Buffer,
    });
    expect(keyMaterialId).toBe('id');
    expect(plaintext.equals(Buffer.alloc(plaintext.length))).toBe(true);
  });

  it('is none where nothing can be encrypted, and the plaintext is zeroised all the same', () => {
    const plaintext = Buffer.from('a secret');
    const other = { ...attested, publicKey: Buffer.from('no key') };
    expect(() => answerRecipient(GenerateRandom, outcomeWith(plaintext), other)).toThrow();
    expect(plaintext.equals(Buffer.alloc(8))).toBe(true);
  });

  it.each([undefined, 'text', null])('is none where the operation answers %j in place of bytes', (value) => {
    expect(() => answerRecipient(GenerateRandom, outcomeWith(value), attested)).toThrow(
      'GenerateRandom has nothing for a recipient',
    );
  });

  it('is none of an operation that does not say what it answers a recipient', () => {
    expect(() => answerRecipient(operationOf('Encrypt'), outcomeWith(Buffer.alloc(1)), attested)).toThrow();
  });
});

describe('An operation', () => {
  const declare = (input: object, more: object) =>
    operation({
      name: 'Made',
      access: 'read',
      input: { ...input, NumberOfBytes: integer() },
      output: { Plaintext: blob() },
      target: accountTarget('Made'),
      recorded: [],
      act: () => ({ output: {} }),
      ...more,
    });

  it('that takes a Recipient must say what it answers one, and no other may', () => {
    expect(() => declare({ Recipient: recipient }, {})).toThrow(
      'Made: Recipient and answersRecipient belong together',
    );
    expect(() => declare({}, { answersRecipient: 'Plaintext' })).toThrow('belong together');
    expect(declare({ Recipient: recipient }, { answersRecipient: 'Plaintext' }).name).toBe('Made');
  });
});

describe('The recipient of a request', () => {
  const portsWith = (verify: () => Maybe<AttestedRecipient | { readonly fault: AttestationFaultName }>) => {
    const ports: unknown = { attestation: { verify } };
    return ports as Ports;
  };
  const call = {
    input: {
      Recipient: { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: Buffer.alloc(1) },
    },
    caller: { accountId: '111122223333' },
    receivedAt: 1,
  };

  it('is who was attested, at once or when another thread has answered', async () => {
    expect(
      loadRecipient(
        call,
        portsWith(() => attested),
      ),
    ).toBe(attested);
    expect(
      await loadRecipient(
        call,
        portsWith(() => Promise.resolve(attested)),
      ),
    ).toBe(attested);
  });

  it('is nobody where none is named, and nothing is verified then', () => {
    const ports = portsWith(() => expect.unreachable('there is nothing to verify'));
    expect(loadRecipient({ ...call, input: {} }, ports)).toBeUndefined();
  });

  it.each<AttestationFaultName>([
    'malformed',
    'unreadable certificate',
    'unknown root',
    'broken chain',
    'certificate not valid now',
    'wrong signature',
    'no public key',
    'unsuitable public key',
  ])('is refused with ValidationException for the fault: %s', async (fault) => {
    expect(() =>
      loadRecipient(
        call,
        portsWith(() => ({ fault })),
      ),
    ).toThrow(AwsError);
    await expect(
      loadRecipient(
        call,
        portsWith(() => Promise.resolve({ fault })),
      ),
    ).rejects.toMatchObject({
      code: 'ValidationException',
      status: 400,
    });
  });
});
