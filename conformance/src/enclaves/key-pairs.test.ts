import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import {
  DecryptCommand,
  DeriveSharedSecretCommand,
  GenerateDataKeyPairCommand,
  GetPublicKeyCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KeyUnderTest, refusal, useKms } from '../kms/kms-under-test.ts';
import { openCmsReply } from './cms-reply.ts';
import { attested, recipientOf, startEnclave, useAttestationPki } from './enclave.ts';

const { pki, rootsFile } = await useAttestationPki();
const kms = useKms({ attestationRoots: rootsFile });
const enclave = startEnclave();
const Recipient = attested(pki, enclave);
const forNobody = recipientOf(Buffer.from('not a document'));

let symmetric: KeyUnderTest;
let agreement: KeyUnderTest;
const peer = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const PublicKey = peer.publicKey.export({ type: 'spki', format: 'der' });

beforeAll(async () => {
  symmetric = await kms.createKey();
  agreement = await kms.createKey({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' });
});

const openedBy = ({ CiphertextForRecipient }: { CiphertextForRecipient?: Uint8Array | undefined }) =>
  openCmsReply(CiphertextForRecipient ?? new Uint8Array(), enclave.privateKey);

describe('GenerateDataKeyPair for an enclave', () => {
  it.each(['RSA_2048', 'ECC_NIST_P256', 'ML_KEM_768'] as const)(
    'answers the private key of %s to the enclave alone, and under the KMS key',
    async (KeyPairSpec) => {
      const request = { KeyId: symmetric.id, KeyPairSpec, EncryptionContext: { a: 'b' } };
      const reply = await kms.client.send(new GenerateDataKeyPairCommand({ ...request, Recipient }));
      expect(reply.PrivateKeyPlaintext).toBeUndefined();
      const { EncryptionContext } = request;
      const CiphertextBlob = reply.PrivateKeyCiphertextBlob;
      const { Plaintext = new Uint8Array() } = await kms.client.send(
        new DecryptCommand({ CiphertextBlob, EncryptionContext }),
      );
      expect(openedBy(reply).equals(Plaintext)).toBe(true);
    },
  );

  it('refuses what is no attestation document, and makes nothing', async () => {
    const request = { KeyId: symmetric.id, KeyPairSpec: 'ECC_NIST_P256', Recipient: forNobody } as const;
    const { name } = await refusalOf(kms.client.send(new GenerateDataKeyPairCommand(request)));
    expect(name).toBe('ValidationException');
  });
});

describe('DeriveSharedSecret for an enclave', () => {
  const derive = { KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;

  it('answers the secret to the enclave alone', async () => {
    const KeyId = agreement.id;
    const reply = await kms.client.send(new DeriveSharedSecretCommand({ KeyId, ...derive, Recipient }));
    expect(reply.SharedSecret).toBeUndefined();
    const { PublicKey: own = new Uint8Array() } = await kms.client.send(new GetPublicKeyCommand({ KeyId }));
    const publicKey = createPublicKey({ key: Buffer.from(own), type: 'spki', format: 'der' });
    expect(openedBy(reply).equals(diffieHellman({ privateKey: peer.privateKey, publicKey }))).toBe(true);
  });

  it('refuses what is no attestation document', async () => {
    const request = { KeyId: agreement.id, ...derive, Recipient: forNobody };
    const { name } = await refusalOf(kms.client.send(new DeriveSharedSecretCommand(request)));
    expect(name).toBe('ValidationException');
  });

  it('refuses a public key on another curve as without an enclave', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const request = {
      KeyId: agreement.id,
      ...derive,
      PublicKey: other.export({ type: 'spki', format: 'der' }),
      Recipient,
    };
    expect(await refusalOf(kms.client.send(new DeriveSharedSecretCommand(request)))).toEqual(
      refusal('ValidationException', ''),
    );
  });
});
