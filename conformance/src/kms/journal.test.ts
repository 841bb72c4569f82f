import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateRandomCommand,
  KMSServiceException,
  ListKeysCommand,
  ListRetirableGrantsCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import type { JournalRecord } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { absentKeyId, accountId, aliasArnOf, keyArnOf, region, rootArn, useKms } from './kms-under-test.ts';
import { freeRegion, kindFor, replicaRegion } from './key-kinds.ts';
import { type Request, requests, requestsOnAlias, requestsOnKey, requestsWithoutKey } from './requests.ts';

const kms = useKms();

interface Recorded {
  readonly record: JournalRecord | undefined;
  /** What the client got: a reply, or the exception of a refusal. */
  readonly reply: unknown;
}

/** Sends one request and answers the one record that it wrote: there must be no other, and its request id must fit. */
async function recordOf(send: () => Promise<unknown>): Promise<Recorded> {
  const before = kms.service.journal().length;
  const reply: unknown = await send().catch((error: unknown) => error);
  const written = kms.service.journal().slice(before);
  expect(written).toHaveLength(1);
  const { $metadata } = reply as { readonly $metadata: { readonly requestId?: string } };
  expect($metadata.requestId).toMatch(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  expect(written[0]?.['requestId']).toBe($metadata.requestId);
  return { record: written[0], reply };
}

function expectRefusal(
  { record, reply }: Recorded,
  eventName: string,
  resources: readonly string[] | undefined,
): void {
  expect(reply).toBeInstanceOf(KMSServiceException);
  const { name, message } = reply as KMSServiceException;
  expect(record).toMatchObject({ eventName, errorCode: name, errorMessage: message });
  expect(record?.['resources']).toEqual(resources);
}

const readOnly = new Set([
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'DescribeKey',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GenerateRandom',
  'GetKeyLastUsage',
  'GetKeyPolicy',
  'GetParametersForImport',
  'GetPublicKey',
  'GetKeyRotationStatus',
  'ListAliases',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListKeys',
  'ListResourceTags',
  'ListRetirableGrants',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
]);

/** What changes keys in other Regions writes records there too. */
const inSeveralRegions = new Set(['ReplicateKey', 'UpdatePrimaryRegion']);

/** The state that refuses an operation; those that are missing here are permitted in every state. */
const refusingState: Readonly<Record<string, 'Enabled' | 'Disabled' | 'PendingDeletion'>> = {
  CancelKeyDeletion: 'Enabled',
  CreateAlias: 'PendingDeletion',
  CreateGrant: 'Disabled',
  Decapsulate: 'Disabled',
  Decrypt: 'Disabled',
  DeriveSharedSecret: 'PendingDeletion',
  DisableKey: 'PendingDeletion',
  DisableKeyRotation: 'Disabled',
  EnableKey: 'PendingDeletion',
  EnableKeyRotation: 'Disabled',
  Encapsulate: 'Disabled',
  Encrypt: 'PendingDeletion',
  GenerateDataKey: 'Disabled',
  GenerateDataKeyPair: 'PendingDeletion',
  GenerateDataKeyPairWithoutPlaintext: 'Disabled',
  GenerateDataKeyWithoutPlaintext: 'PendingDeletion',
  GenerateMac: 'Disabled',
  GetParametersForImport: 'PendingDeletion',
  GetPublicKey: 'PendingDeletion',
  ImportKeyMaterial: 'PendingDeletion',
  ReEncrypt: 'Disabled',
  ReplicateKey: 'PendingDeletion',
  RotateKeyOnDemand: 'Disabled',
  ScheduleKeyDeletion: 'PendingDeletion',
  Sign: 'Disabled',
  TagResource: 'PendingDeletion',
  UntagResource: 'PendingDeletion',
  UpdateAlias: 'PendingDeletion',
  UpdateKeyDescription: 'PendingDeletion',
  UpdatePrimaryRegion: 'Disabled',
  Verify: 'PendingDeletion',
  VerifyMac: 'Disabled',
};

const refusedWithoutKey: Readonly<Record<string, () => Promise<unknown>>> = {
  CreateKey: () => kms.client.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM' })),
  GenerateRandom: () => kms.client.send(new GenerateRandomCommand({})),
  ListKeys: () => kms.client.send(new ListKeysCommand({ Marker: 'foreign' })),
  ListRetirableGrants: () =>
    kms.client.send(new ListRetirableGrantsCommand({ RetiringPrincipal: rootArn, Marker: 'foreign' })),
};

const onKey = Object.entries(requestsOnKey);
const bad = onKey.flatMap(([name, request]) => {
  const state = refusingState[name];
  return state === undefined ? [] : [{ name, request, state }];
});

const arnIn = (inRegion: string, arn: string) => arn.replace(`:${region}:`, `:${inRegion}:`);

/** ReEncrypt names its source key and its destination key, which here are one; UpdatePrimaryRegion the replica too. */
function resourcesOf(name: string, arn: string): readonly string[] {
  if (name === 'ReEncrypt') return [arn, arn];
  return name === 'UpdatePrimaryRegion' ? [arn, arnIn(replicaRegion, arn)] : [arn];
}

describe('a request that succeeds writes one record', () => {
  const inOneRegion = Object.entries(requests).filter(([name]) => !inSeveralRegions.has(name));
  it.each(inOneRegion)('%s', async (name, request) => {
    const state = name === 'CancelKeyDeletion' ? 'PendingDeletion' : 'Enabled';
    const key = await kms.furnishKey(state, kindFor(name));
    const subject = { ...key, KeyId: key.id, freeAliasName: kms.newAliasName() };
    const { record } = await recordOf(() => request(kms.client, subject));
    expect(record).toMatchObject({
      eventSource: 'kms.amazonaws.com',
      eventName: name,
      awsRegion: region,
      principal: rootArn,
      accountId,
      accessKeyId: 'test',
      sourceIPAddress: '127.0.0.1',
      userAgent: expect.stringContaining('aws-sdk-js') as string,
      readOnly: readOnly.has(name),
    });
    expect(record).not.toHaveProperty('errorCode');
    expect(record).not.toHaveProperty('errorMessage');
    if (name in requestsOnKey) expect(record?.['resources']).toEqual(resourcesOf(name, key.arn));
  });

  it.each([
    ['ReplicateKey', freeRegion, 'CreateKey'],
    ['UpdatePrimaryRegion', replicaRegion, 'UpdatePrimaryRegion'],
  ])('%s, and another in the Region of the other key', async (name, otherRegion, eventName) => {
    const key = await kms.furnishKey('Enabled', 'primary');
    const subject = { ...key, KeyId: key.id, freeAliasName: kms.newAliasName() };
    const { $metadata } = (await requestsOnKey[name]?.(kms.client, subject)) ?? { $metadata: {} };
    // What comes of it by itself is over, too, and is in nobody else's way.
    await kms.service.advance(1);
    const written = kms.service.journal().filter((record) => record['requestId'] === $metadata.requestId);
    expect(written).toContainEqual(
      expect.objectContaining({
        eventName: name,
        awsRegion: region,
        resources: resourcesOf(name, key.arn),
        readOnly: false,
      }),
    );
    expect(written).toContainEqual(
      expect.objectContaining({
        eventName,
        awsRegion: otherRegion,
        resources: [arnIn(otherRegion, key.arn)],
        principal: rootArn,
      }),
    );
  });

  it('GenerateRandom and ListKeys concern no key, CreateKey the one that it made', async () => {
    const send = async (request: Request | undefined) => {
      const subject = { KeyId: '', ciphertextBlob: new Uint8Array(), aliasName: '', freeAliasName: '' };
      return (await recordOf(() => request?.(kms.client, subject) ?? Promise.resolve())).record?.[
        'resources'
      ];
    };
    expect(await send(requestsWithoutKey['GenerateRandom'])).toBeUndefined();
    expect(await send(requestsWithoutKey['ListKeys'])).toBeUndefined();
    const { record, reply } = await recordOf(() => kms.client.send(new CreateKeyCommand({})));
    expect(record?.['resources']).toEqual([(reply as { KeyMetadata: { Arn: string } }).KeyMetadata.Arn]);
  });

  it('UpdateAlias names the key that the alias refers to from now on', async () => {
    const [from, to] = [await kms.furnishKey(), await kms.createKey()];
    const request = new UpdateAliasCommand({ AliasName: from.aliasName, TargetKeyId: to.id });
    expect((await recordOf(() => kms.client.send(request))).record).toMatchObject({
      resources: [to.arn],
      requestParameters: { AliasName: from.aliasName, TargetKeyId: to.id },
    });
  });
});

describe('a request that is refused writes one record with the code and text that the client sees', () => {
  const byKey = onKey.filter(([name]) => name !== 'DeleteAlias');
  it.each(byKey)('%s of an absent key', async (name, request) => {
    const { ciphertextBlob, aliasName } = await kms.furnishKey();
    const subject = { KeyId: absentKeyId, ciphertextBlob, aliasName, freeAliasName: kms.newAliasName() };
    const recorded = await recordOf(() => request(kms.client, subject));
    expectRefusal(recorded, name, undefined);
    expect(recorded.record).toMatchObject({
      errorCode: 'NotFoundException',
      errorMessage: `Key '${keyArnOf(absentKeyId)}' does not exist`,
    });
  });

  it('DeleteAlias of an absent alias', async () => {
    const subject = {
      KeyId: '',
      ciphertextBlob: new Uint8Array(),
      aliasName: 'alias/absent',
      freeAliasName: '',
    };
    const recorded = await recordOf(
      () => requestsOnAlias['DeleteAlias']?.(kms.client, subject) ?? Promise.resolve(),
    );
    expectRefusal(recorded, 'DeleteAlias', undefined);
    expect(recorded.record).toMatchObject({
      errorMessage: `Alias ${aliasArnOf('alias/absent')} is not found.`,
    });
  });

  it.each(Object.entries(refusedWithoutKey))('%s', async (name, send) => {
    expectRefusal(await recordOf(send), name, undefined);
  });

  it('every operation is among these', () => {
    const tried = [...byKey.map(([name]) => name), 'DeleteAlias', ...Object.keys(refusedWithoutKey)];
    expect(tried.sort()).toEqual(Object.keys(requests).sort());
  });

  it('a request whose members are invalid, without them', async () => {
    const request = new UpdateKeyDescriptionCommand({ KeyId: undefined, Description: 'x' });
    const recorded = await recordOf(() => kms.client.send(request));
    expectRefusal(recorded, 'UpdateKeyDescription', undefined);
    expect(recorded.record).not.toHaveProperty('requestParameters');
  });

  it('a request that the key policy denies, with the key', async () => {
    const Policy = JSON.stringify({
      Statement: { Effect: 'Allow', Principal: { AWS: rootArn }, Action: 'kms:PutKeyPolicy', Resource: '*' },
    });
    const { id: KeyId, arn } = await kms.createKey({ Policy });
    const recorded = await recordOf(() => kms.client.send(new DescribeKeyCommand({ KeyId })));
    expectRefusal(recorded, 'DescribeKey', [arn]);
    expect(recorded.record).toMatchObject({ errorCode: 'AccessDeniedException' });
  });

  it('a ciphertext that does not open: InvalidCiphertextException, which has no text', async () => {
    const { ciphertextBlob: CiphertextBlob, arn } = await kms.furnishKey();
    const request = new DecryptCommand({ CiphertextBlob, EncryptionContext: { other: 'context' } });
    const { record } = await recordOf(() => kms.client.send(request));
    expect(record).toMatchObject({
      eventName: 'Decrypt',
      errorCode: 'InvalidCiphertextException',
      resources: [arn],
    });
    expect(record).not.toHaveProperty('errorMessage');
  });

  it('a dry run: DryRunOperationException', async () => {
    const { id: KeyId, arn } = await kms.createKey();
    const request = new EncryptCommand({ KeyId, Plaintext: new Uint8Array([1]), DryRun: true });
    const recorded = await recordOf(() => kms.client.send(request));
    expectRefusal(recorded, 'Encrypt', [arn]);
    expect(recorded.record).toMatchObject({ errorCode: 'DryRunOperationException' });
  });
});

describe('a request that the state of the key refuses writes one record that names the key', () => {
  it.each(bad)('$name of a key in state $state', async ({ name, request, state }) => {
    const key = await kms.furnishKey(state, kindFor(name));
    const subject = { ...key, KeyId: key.id, freeAliasName: kms.newAliasName() };
    expectRefusal(await recordOf(() => request(kms.client, subject)), name, resourcesOf(name, key.arn));
  });
});

describe('a request whose caller is unknown writes no record', () => {
  const strangers: Readonly<Record<string, readonly [string, string, string]>> = {
    'an unknown access key': ['AKIAIOSFODNN7EXAMPLE', 'test', 'UnrecognizedClientException'],
    'a wrong secret access key': ['test', 'wrong', 'InvalidSignatureException'],
  };

  it.each(Object.entries(strangers))('%s', async (_who, [accessKeyId, secretAccessKey, code]) => {
    const stranger = kms.service.client({ credentials: { accessKeyId, secretAccessKey } });
    const before = kms.service.journal().length;
    const expected = { name: code, $metadata: { requestId: expect.any(String) as string } };
    await expect(stranger.send(new ListKeysCommand({}))).rejects.toMatchObject(expected);
    await expect(stranger.send(new CreateKeyCommand({}))).rejects.toMatchObject(expected);
    expect(kms.service.journal()).toHaveLength(before);
  });

  it('no signature at all', async () => {
    const before = kms.service.journal().length;
    const reply = await fetch(kms.service.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' },
      body: '{}',
    });
    expect(await reply.json()).toEqual({
      __type: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
    });
    expect(reply.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(kms.service.journal()).toHaveLength(before);
  });
});

describe('a record shows what CloudTrail shows', () => {
  it('the key as the caller named it, and the encryption context, but neither plaintext nor ciphertext', async () => {
    const { aliasName, arn } = await kms.furnishKey();
    const Plaintext = Buffer.from('the plaintext of this test');
    const request = new EncryptCommand({
      KeyId: aliasName,
      Plaintext,
      EncryptionContext: { Purpose: '"quoted" ä' },
    });
    const { record, reply } = await recordOf(() => kms.client.send(request));
    expect(record).toMatchObject({
      requestParameters: { KeyId: aliasName, EncryptionContext: { Purpose: '"quoted" ä' } },
      resources: [arn],
    });
    const text = JSON.stringify(record);
    const { CiphertextBlob = new Uint8Array() } = reply as { CiphertextBlob?: Uint8Array };
    for (const secret of [Plaintext, Buffer.from(CiphertextBlob)]) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const)
        expect(text).not.toContain(secret.toString(encoding));
    }
  });

  it('the alias and its target in CreateAlias', async () => {
    const { id } = await kms.createKey();
    const AliasName = kms.newAliasName();
    const request = new CreateAliasCommand({ AliasName, TargetKeyId: id });
    expect((await recordOf(() => kms.client.send(request))).record).toMatchObject({
      requestParameters: { AliasName, TargetKeyId: id },
    });
  });
});
