import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  PutKeyPolicyCommand,
  type RecipientInfo,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { testPcr } from '@keyhaven/testkit/attestation';
import { describe, expect, it } from 'vitest';
import { accessDenied, type KeyUnderTest, rootArn, useKms } from '../kms/kms-under-test.ts';
import { openCmsReply } from './cms-reply.ts';
import { attested, startEnclave, useAttestationPki } from './enclave.ts';

const { pki, rootsFile } = await useAttestationPki();
const kms = useKms({ attestationRoots: rootsFile });
const enclave = startEnclave();
const image = testPcr(0xa0).toString('hex');
const other = testPcr(0xb0).toString('hex');

/** What the enclave attests: PCR0 and PCR8. */
const right = attested(pki, enclave, {
  pcrs: new Map([
    [0, testPcr(0xa0)],
    [8, testPcr(0xa8)],
  ]),
});
const wrong = attested(pki, enclave, { pcrs: new Map([[0, testPcr(0xb0)]]) });
const tpm = attested(pki, enclave, { registers: 'nitrotpm_pcrs', pcrs: new Map([[4, testPcr(0xa0)]]) });

const everythingElse = {
  Effect: 'Allow',
  Principal: { AWS: rootArn },
  NotAction: ['kms:Decrypt', 'kms:GenerateDataKey'],
  Resource: '*',
};

/** A key whose policy allows the root all but the two operations, and has `statement` besides. */
async function keyWith(statement: object): Promise<KeyUnderTest & { readonly blob: Uint8Array | undefined }> {
  const key = await kms.createKey();
  const { CiphertextBlob: blob } = await kms.client.send(
    new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('secret') }),
  );
  const both = { Principal: { AWS: rootArn }, Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: '*' };
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [everythingElse, { Sid: 'enclaves', ...both, ...statement }],
  });
  await kms.client.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }));
  return { ...key, blob };
}

const allowUnder = (Condition: object) => keyWith({ Effect: 'Allow', Condition });

const decrypt = (key: KeyUnderTest & { readonly blob: Uint8Array | undefined }, Recipient?: RecipientInfo) =>
  kms.client.send(
    new DecryptCommand({
      CiphertextBlob: key.blob,
      KeyId: key.id,
      ...(Recipient === undefined ? {} : { Recipient }),
    }),
  );

describe('A key policy that allows enclaves of one image', () => {
  it.each([
    ['kms:RecipientAttestation:ImageSha384', { StringEqualsIgnoreCase: image.toUpperCase() }],
    ['kms:RecipientAttestation:PCR0', { StringEquals: image }],
    ['KMS:recipientattestation:pcr0', { StringLike: 'a0a0*' }],
  ])('by %s answers them, and nobody else', async (name, operators) => {
    const key = await allowUnder(
      Object.fromEntries(Object.entries(operators).map(([operator, value]) => [operator, { [name]: value }])),
    );
    const { CiphertextForRecipient = new Uint8Array() } = await decrypt(key, right);
    expect(openCmsReply(CiphertextForRecipient, enclave.privateKey).toString()).toBe('secret');
    const denied = accessDenied('Decrypt', key.arn);
    expect(await refusalOf(decrypt(key, wrong))).toEqual(denied);
    expect(await refusalOf(decrypt(key, tpm))).toEqual(denied);
    expect(await refusalOf(decrypt(key))).toEqual(denied);
  });

  it('says so in the journal, and who was denied', async () => {
    const key = await allowUnder({ StringEquals: { 'kms:RecipientAttestation:PCR8': 'a8'.repeat(48) } });
    await decrypt(key, right);
    await refusalOf(decrypt(key, wrong));
    const [allowed, denied] = kms.service.journal().slice(-2);
    expect(allowed).toMatchObject({
      decidedBy: 'enclaves',
      recipient: { attestationDocumentEnclavePCR8: 'a8'.repeat(48) },
    });
    expect(denied).toMatchObject({
      errorCode: 'AccessDeniedException',
      recipient: { attestationDocumentEnclaveImageDigest: other },
    });
  });

  it('lets a dry run tell the right image from a wrong one', async () => {
    const key = await allowUnder({ StringEquals: { 'kms:RecipientAttestation:PCR0': image } });
    const request = (Recipient: RecipientInfo) =>
      new GenerateDataKeyCommand({ KeyId: key.id, KeySpec: 'AES_256', DryRun: true, Recipient });
    expect((await refusalOf(kms.client.send(request(right)))).name).toBe('DryRunOperationException');
    expect(await refusalOf(kms.client.send(request(wrong)))).toEqual(
      accessDenied('GenerateDataKey', key.arn),
    );
  });

  it('of several registers wants every one', async () => {
    const key = await allowUnder({
      StringEquals: {
        'kms:RecipientAttestation:PCR0': image,
        'kms:RecipientAttestation:PCR8': 'b8'.repeat(48),
      },
    });
    expect(await refusalOf(decrypt(key, right))).toEqual(accessDenied('Decrypt', key.arn));
  });

  it('allows nobody where it has a condition besides that is not met', async () => {
    const key = await allowUnder({
      StringEquals: { 'kms:RecipientAttestation:PCR0': image },
      Bool: { 'aws:SecureTransport': 'true' },
    });
    expect(await refusalOf(decrypt(key, right))).toEqual(accessDenied('Decrypt', key.arn));
  });
});

describe('A key policy about NitroTPM', () => {
  it('answers an instance by its registers, and no enclave with the same ones', async () => {
    const key = await allowUnder({ StringEquals: { 'kms:RecipientAttestation:NitroTPMPCR4': image } });
    expect(await decrypt(key, tpm)).toHaveProperty('CiphertextForRecipient');
    const enclaveWithPcr4 = attested(pki, enclave, { pcrs: new Map([[4, testPcr(0xa0)]]) });
    expect(await refusalOf(decrypt(key, enclaveWithPcr4))).toEqual(accessDenied('Decrypt', key.arn));
  });
});

describe('A key policy that denies', () => {
  const explicitly = 'with an explicit deny in a resource-based policy';

  it('every request without an enclave answers enclaves alone', async () => {
    const key = await kms.createKey();
    const { CiphertextBlob: blob } = await kms.client.send(
      new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('x') }),
    );
    const Statement = [
      { Effect: 'Allow', Principal: { AWS: rootArn }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { Null: { 'kms:RecipientAttestation:PCR0': 'true' } },
      },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await kms.client.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }));
    expect(await decrypt({ ...key, blob }, right)).toHaveProperty('CiphertextForRecipient');
    expect(await refusalOf(decrypt({ ...key, blob }))).toEqual(accessDenied('Decrypt', key.arn, explicitly));
  });

  it('all images but one denies the others and what is no enclave', async () => {
    const key = await kms.createKey();
    const { CiphertextBlob: blob } = await kms.client.send(
      new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('x') }),
    );
    const Statement = [
      { Effect: 'Allow', Principal: { AWS: rootArn }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { StringNotEquals: { 'kms:RecipientAttestation:ImageSha384': image } },
      },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await kms.client.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }));
    const denied = accessDenied('Decrypt', key.arn, explicitly);
    expect(await decrypt({ ...key, blob }, right)).toHaveProperty('CiphertextForRecipient');
    expect(await refusalOf(decrypt({ ...key, blob }, wrong))).toEqual(denied);
    expect(await refusalOf(decrypt({ ...key, blob }))).toEqual(denied);
  });
});

describe('GenerateRandom', () => {
  it('answers any enclave: no key policy governs it', async () => {
    for (const Recipient of [right, wrong, tpm]) {
      const reply = await kms.client.send(new GenerateRandomCommand({ NumberOfBytes: 1, Recipient }));
      expect(reply).toHaveProperty('CiphertextForRecipient');
    }
  });
});
