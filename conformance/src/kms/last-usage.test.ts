import {
  CreateAliasCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  GetKeyLastUsageCommand,
  type KeyLastUsageData,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { accountId, membersOf, refusal, useKms } from './kms-under-test.ts';

const kms = useKms();
const Plaintext = Buffer.from('a');

async function lastUsage(KeyId: string): Promise<KeyLastUsageData | undefined> {
  return (await kms.client.send(new GetKeyLastUsageCommand({ KeyId }))).KeyLastUsage;
}

/** What the journal says of the last request of this name. */
function lastRecord(eventName: string) {
  const record = kms.service.journal().findLast((one) => one['eventName'] === eventName);
  if (record === undefined) throw new Error(`no record of ${eventName}`);
  return {
    Operation: eventName,
    Timestamp: new Date(Number(record['eventTime'])),
    CloudTrailEventId: record['eventId'],
    KmsRequestId: record['requestId'],
  };
}

async function encrypt(KeyId: string): Promise<Uint8Array> {
  const { CiphertextBlob } = await kms.client.send(new EncryptCommand({ KeyId, Plaintext }));
  if (CiphertextBlob === undefined) throw new Error('Encrypt answers no ciphertext');
  return CiphertextBlob;
}

describe('GetKeyLastUsage', () => {
  it('answers an empty KeyLastUsage for a key that was not used, tracked since its creation', async () => {
    const key = await kms.createKey();
    const reply = await kms.client.send(new GetKeyLastUsageCommand({ KeyId: key.arn }));
    expect(membersOf(reply)).toEqual({
      KeyId: key.id,
      KeyLastUsage: {},
      TrackingStartDate: key.metadata.CreationDate,
      KeyCreationDate: key.metadata.CreationDate,
    });
  });

  it('answers operation, time, event id and request id of the last use, as the reply and the journal have them', async () => {
    const key = await kms.createKey();
    await encrypt(key.id);
    const { $metadata } = await kms.client.send(
      new GenerateDataKeyCommand({ KeyId: key.id, KeySpec: 'AES_256' }),
    );
    const usage = await lastUsage(key.id);
    expect(usage).toEqual(lastRecord('GenerateDataKey'));
    expect(usage?.KmsRequestId).toBe($metadata.requestId);
  });

  it('counts for the key what was asked by its alias, and what a ciphertext without KeyId named', async () => {
    const key = await kms.createKey();
    const AliasName = kms.newAliasName();
    await kms.client.send(new CreateAliasCommand({ AliasName, TargetKeyId: key.id }));
    const CiphertextBlob = await encrypt(AliasName);
    expect(await lastUsage(key.id)).toEqual(lastRecord('Encrypt'));
    await kms.client.send(new DecryptCommand({ CiphertextBlob }));
    expect(await lastUsage(key.id)).toEqual(lastRecord('Decrypt'));
  });

  it('counts ReEncrypt for both keys', async () => {
    const [from, to] = [await kms.createKey(), await kms.createKey()];
    const CiphertextBlob = await encrypt(from.id);
    await kms.client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: to.id }));
    expect(await lastUsage(from.id)).toEqual(lastRecord('ReEncrypt'));
    expect(await lastUsage(to.id)).toEqual(lastRecord('ReEncrypt'));
  });

  it('keeps what each key was used for apart', async () => {
    const [used, unused] = [await kms.createKey(), await kms.createKey()];
    await encrypt(used.id);
    expect((await lastUsage(used.id))?.Operation).toBe('Encrypt');
    expect(await lastUsage(unused.id)).toEqual({});
  });

  it('works for a key in every state that a key can be in', async () => {
    for (const state of ['Disabled', 'PendingDeletion'] as const) {
      const key = await kms.furnishKey(state);
      expect((await lastUsage(key.id))?.Operation).toBe('Encrypt');
    }
  });
});

describe('The operations that count', () => {
  const signing: CreateKeyCommandInput = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' };
  const mac: CreateKeyCommandInput = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' };
  const SigningAlgorithm = 'ECDSA_SHA_256';
  const MacAlgorithm = 'HMAC_SHA_256';

  it('are those that make data keys and pairs, with and without plaintext', async () => {
    const { id: KeyId } = await kms.createKey();
    const used = async () => (await lastUsage(KeyId))?.Operation;
    await kms.client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' }));
    expect(await used()).toBe('GenerateDataKeyWithoutPlaintext');
    await kms.client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }));
    expect(await used()).toBe('GenerateDataKeyPair');
    await kms.client.send(
      new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
    );
    expect(await used()).toBe('GenerateDataKeyPairWithoutPlaintext');
  });

  it('are signatures and their verification, and not a verification that fails', async () => {
    const { id: KeyId } = await kms.createKey(signing);
    const { Signature } = await kms.client.send(
      new SignCommand({ KeyId, Message: Plaintext, SigningAlgorithm }),
    );
    expect(await lastUsage(KeyId)).toEqual(lastRecord('Sign'));
    const verified = await lastUsage(KeyId);
    await refusalOf(
      kms.client.send(new VerifyCommand({ KeyId, Message: Buffer.from('b'), Signature, SigningAlgorithm })),
    );
    expect(await lastUsage(KeyId)).toEqual(verified);
    await kms.client.send(new VerifyCommand({ KeyId, Message: Plaintext, Signature, SigningAlgorithm }));
    expect(await lastUsage(KeyId)).toEqual(lastRecord('Verify'));
  });

  it('are MACs and their verification, and not a verification that fails', async () => {
    const { id: KeyId } = await kms.createKey(mac);
    const { Mac } = await kms.client.send(
      new GenerateMacCommand({ KeyId, Message: Plaintext, MacAlgorithm }),
    );
    expect(await lastUsage(KeyId)).toEqual(lastRecord('GenerateMac'));
    const made = await lastUsage(KeyId);
    await refusalOf(
      kms.client.send(new VerifyMacCommand({ KeyId, Message: Buffer.from('b'), Mac, MacAlgorithm })),
    );
    expect(await lastUsage(KeyId)).toEqual(made);
    await kms.client.send(new VerifyMacCommand({ KeyId, Message: Plaintext, Mac, MacAlgorithm }));
    expect(await lastUsage(KeyId)).toEqual(lastRecord('VerifyMac'));
  });

  it('are none that only tell of the key or change it', async () => {
    const { id: KeyId } = await kms.createKey();
    await kms.client.send(new DescribeKeyCommand({ KeyId }));
    await kms.client.send(new DisableKeyCommand({ KeyId }));
    expect(await lastUsage(KeyId)).toEqual({});
  });
});

describe('What does not count as a use', () => {
  it('is a request that fails: a disabled key, a wrong usage, a broken ciphertext', async () => {
    const key = await kms.createKey();
    const broken = Uint8Array.from(await encrypt(key.id));
    const before = await lastUsage(key.id);
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    const refusals = [
      new DecryptCommand({ CiphertextBlob: broken }),
      new EncryptCommand({ KeyId: key.id, Plaintext: new Uint8Array(4097) }),
    ];
    for (const command of refusals) await refusalOf(kms.client.send(command as DecryptCommand));
    await refusalOf(
      kms.client.send(
        new SignCommand({ KeyId: key.id, Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' }),
      ),
    );
    await kms.client.send(new DisableKeyCommand({ KeyId: key.id }));
    await refusalOf(encrypt(key.id));
    expect(await lastUsage(key.id)).toEqual(before);
  });

  it('is a ReEncrypt that its destination refuses, for neither key', async () => {
    const from = await kms.createKey();
    const to = await kms.createKeyInState('Disabled');
    const CiphertextBlob = await encrypt(from.id);
    await refusalOf(kms.client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: to.id })));
    expect((await lastUsage(from.id))?.Operation).toBe('Encrypt');
    expect(await lastUsage(to.id)).toEqual({});
  });

  it('is a DryRun', async () => {
    const { id: KeyId } = await kms.createKey();
    const answer = await refusalOf(kms.client.send(new EncryptCommand({ KeyId, Plaintext, DryRun: true })));
    expect(answer.name).toBe('DryRunOperationException');
    expect(await lastUsage(KeyId)).toEqual({});
  });

  it('is what the key policy denies', async () => {
    const key = await kms.createKey();
    const statement = (Effect: string, Action: string) => ({
      Effect,
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action,
      Resource: '*',
    });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [statement('Allow', 'kms:*'), statement('Deny', 'kms:Encrypt')],
    });
    await kms.client.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }));
    expect((await refusalOf(encrypt(key.id))).name).toBe('AccessDeniedException');
    expect(await lastUsage(key.id)).toEqual({});
  });
});

describe('GetKeyLastUsage refuses', () => {
  it('an alias, by its name and by its ARN', async () => {
    const key = await kms.furnishKey();
    for (const KeyId of [key.aliasName, key.arn.replace(/key\/.*/, key.aliasName)])
      expect((await refusalOf(lastUsage(KeyId))).name).toBe('InvalidArnException');
  });

  it('a key that is not there, and one that was destroyed', async () => {
    const missing = `arn:aws:kms:eu-west-2:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    expect(await refusalOf(lastUsage(missing))).toEqual(
      refusal('NotFoundException', `Key '${missing}' does not exist`),
    );
    const key = await kms.furnishKey();
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id, PendingWindowInDays: 7 }));
    await kms.service.advance(8 * day);
    expect((await refusalOf(lastUsage(key.id))).name).toBe('NotFoundException');
  });

  it('a key of another account, whether there is one or not', async () => {
    const foreign = 'arn:aws:kms:eu-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    expect((await refusalOf(lastUsage(foreign))).name).toBe('AccessDeniedException');
  });

  it('whom the key policy does not permit it', async () => {
    const key = await kms.createKey();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${accountId}:root` },
          NotAction: 'kms:GetKeyLastUsage',
          Resource: '*',
        },
      ],
    });
    await kms.client.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }));
    expect((await refusalOf(lastUsage(key.id))).name).toBe('AccessDeniedException');
  });
});

describe('The keys of a multi-Region key', () => {
  const there = () => kms.service.client({ region: 'us-east-1' });
  const usageThere = async (KeyId: string) =>
    (await there().send(new GetKeyLastUsageCommand({ KeyId }))).KeyLastUsage;

  /** The replica is Creating until a job round has settled it; a move of the clock is one. */
  const replicate = async (KeyId: string) => {
    await kms.client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'us-east-1' }));
    await kms.service.advance(1);
  };

  it('are tracked each for itself, also where a ciphertext goes from one to the other', async () => {
    const { id: KeyId } = await kms.createKey({ MultiRegion: true });
    await replicate(KeyId);
    const CiphertextBlob = await encrypt(KeyId);
    const here = await lastUsage(KeyId);
    expect(here?.Operation).toBe('Encrypt');
    expect(await usageThere(KeyId)).toEqual({});
    await there().send(new DecryptCommand({ CiphertextBlob }));
    expect(await usageThere(KeyId)).toEqual(lastRecord('Decrypt'));
    expect(await lastUsage(KeyId)).toEqual(here);
  });

  it('have not been used where a replica is made anew in the place of one that was', async () => {
    const { id: KeyId } = await kms.createKey({ MultiRegion: true });
    await replicate(KeyId);
    await there().send(new EncryptCommand({ KeyId, Plaintext }));
    await there().send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await kms.service.advance(8 * day);
    await replicate(KeyId);
    expect(await usageThere(KeyId)).toEqual({});
    await kms.restart();
    expect(await usageThere(KeyId)).toEqual({});
  });
});

describe('The last usage', () => {
  it('survives a restart, with a use that came after it', async () => {
    const [idle, busy] = [await kms.createKey(), await kms.createKey()];
    await encrypt(idle.id);
    const before = await lastUsage(idle.id);
    await encrypt(busy.id);
    await kms.restart();
    expect(await lastUsage(idle.id)).toEqual(before);
    await kms.client.send(new GenerateDataKeyCommand({ KeyId: busy.id, KeySpec: 'AES_128' }));
    const after = lastRecord('GenerateDataKey');
    await kms.restart();
    expect(await lastUsage(busy.id)).toEqual(after);
    expect(await lastUsage(idle.id)).toEqual(before);
  });
});
