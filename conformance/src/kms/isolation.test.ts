import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  absentKeyId,
  accessDenied,
  aliasArnOf,
  type FurnishedKey,
  invalidMarker,
  keyArnOf,
  KmsUnderTest,
  refusal,
  region,
  rootArn,
} from './kms-under-test.ts';
import { requestsByAnyForm, requestsByIdOrArn, requestsOnAlias } from './requests.ts';

const otherAccount = '111122223333';
const otherRootArn = `arn:aws:iam::${otherAccount}:root`;
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const seed = `accounts:
  - id: "${otherAccount}"
    rootAccessKeys:
      - accessKeyId: ${credentials.accessKeyId}
        secretAccessKey: ${credentials.secretAccessKey}
`;

const kms = new KmsUnderTest();
const folder = mkdtempSync(join(tmpdir(), 'keyhaven-seed-'));
let elsewhere: KMSClient;
let stranger: KMSClient;
/** A key of the development account, which the clients of other Regions and accounts try to reach. */
let key: FurnishedKey;
/** A key of the other account, with an alias. */
let theirs: { readonly id: string; readonly aliasName: string; readonly ciphertextBlob: Uint8Array };

beforeAll(async () => {
  const path = join(folder, 'seed.yaml');
  writeFileSync(path, seed);
  await kms.start({ seed: path });
  elsewhere = kms.service.client({ region: 'us-west-2' });
  stranger = kms.service.client({ credentials });
  key = await kms.furnishKey();
  theirs = await furnishTheirKey();
});

afterAll(async () => {
  await kms.close();
  rmSync(folder, { recursive: true });
});

async function furnishTheirKey() {
  const { KeyMetadata } = await stranger.send(new CreateKeyCommand({}));
  const id = KeyMetadata?.KeyId ?? '';
  const aliasName = 'alias/theirs';
  await stranger.send(new CreateAliasCommand({ AliasName: aliasName, TargetKeyId: id }));
  const { CiphertextBlob } = await stranger.send(
    new EncryptCommand({ KeyId: id, Plaintext: new Uint8Array([9]) }),
  );
  return { id, aliasName, ciphertextBlob: CiphertextBlob ?? new Uint8Array() };
}

const unknownCiphertextKey = refusal(
  'AccessDeniedException',
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
);
const keysOf = async (client: KMSClient) =>
  (await client.send(new ListKeysCommand({ Limit: 1000 }))).Keys ?? [];
const onKey = [...Object.entries(requestsByIdOrArn), ...Object.entries(requestsByAnyForm)];

describe('Regions of one account', () => {
  it('list no keys and aliases of each other', async () => {
    expect(await keysOf(elsewhere)).toEqual([]);
    const { Aliases = [] } = await elsewhere.send(new ListAliasesCommand({ Limit: 100 }));
    expect(Aliases.length).toBeGreaterThan(0);
    expect(Aliases.filter(({ AliasName }) => !AliasName?.startsWith('alias/aws/'))).toEqual([]);
  });

  it.each(onKey)('%s refuses a key id of another Region with NotFoundException', async (_name, request) => {
    const subject = { ...key, KeyId: key.id, freeAliasName: 'alias/free' };
    const arn = key.arn.replace(region, 'us-west-2');
    expect(await refusalOf(request(elsewhere, subject))).toEqual(
      refusal('NotFoundException', `Key '${arn}' does not exist`),
    );
  });

  it.each(onKey)('%s refuses a key ARN of another Region with NotFoundException', async (_name, request) => {
    const subject = { ...key, KeyId: key.arn, freeAliasName: 'alias/free' };
    expect(await refusalOf(request(elsewhere, subject))).toEqual(
      refusal('NotFoundException', `Invalid arn ${region}`),
    );
  });

  it.each(Object.entries(requestsByAnyForm))(
    '%s refuses an alias of another Region with NotFoundException',
    async (_name, request) => {
      const subject = { ...key, KeyId: key.aliasName, freeAliasName: 'alias/free' };
      const arn = aliasArnOf(key.aliasName).replace(region, 'us-west-2');
      expect(await refusalOf(request(elsewhere, subject))).toEqual(
        refusal('NotFoundException', `Alias ${arn} is not found.`),
      );
      const byArn = { ...subject, KeyId: aliasArnOf(key.aliasName) };
      expect(await refusalOf(request(elsewhere, byArn))).toEqual(
        refusal('NotFoundException', `Invalid arn ${region}`),
      );
    },
  );

  it('Decrypt refuses a ciphertext of another Region with AccessDeniedException', async () => {
    const request = new DecryptCommand({ CiphertextBlob: key.ciphertextBlob });
    expect(await refusalOf(elsewhere.send(request))).toEqual(unknownCiphertextKey);
  });

  it('have alias names of their own', async () => {
    const { KeyMetadata } = await elsewhere.send(new CreateKeyCommand({}));
    expect(KeyMetadata?.Arn).toContain(':us-west-2:');
    await elsewhere.send(
      new CreateAliasCommand({ AliasName: key.aliasName, TargetKeyId: KeyMetadata?.KeyId }),
    );
    const there = await elsewhere.send(new DescribeKeyCommand({ KeyId: key.aliasName }));
    const here = await kms.client.send(new DescribeKeyCommand({ KeyId: key.aliasName }));
    expect([there.KeyMetadata?.KeyId, here.KeyMetadata?.KeyId]).toEqual([KeyMetadata?.KeyId, key.id]);
  });

  it('have AWS managed keys of their own', async () => {
    const KeyId = 'alias/aws/ebs';
    const there = await elsewhere.send(new DescribeKeyCommand({ KeyId }));
    const here = await kms.client.send(new DescribeKeyCommand({ KeyId }));
    expect(there.KeyMetadata?.KeyId).not.toBe(here.KeyMetadata?.KeyId);
  });
});

describe('accounts', () => {
  it('list no keys and aliases of each other', async () => {
    const ids = (await keysOf(stranger)).map(({ KeyId }) => KeyId);
    expect(ids).toEqual([theirs.id]);
    expect((await keysOf(kms.client)).map(({ KeyId }) => KeyId)).not.toContain(theirs.id);
    const { Aliases = [] } = await stranger.send(new ListAliasesCommand({ Limit: 100 }));
    expect(Aliases.map(({ AliasName }) => AliasName)).toContain(theirs.aliasName);
    expect(Aliases.map(({ AliasName }) => AliasName)).not.toContain(key.aliasName);
  });

  it('take no marker of each other: InvalidMarkerException', async () => {
    await kms.createKey();
    const { NextMarker: Marker } = await kms.client.send(new ListKeysCommand({ Limit: 1 }));
    expect(await refusalOf(stranger.send(new ListKeysCommand({ Marker })))).toEqual(invalidMarker);
  });

  it('read a bare key id and an alias name as their own', async () => {
    const foreignArn = keyArnOf(key.id).replace('000000000000', otherAccount);
    expect(await refusalOf(stranger.send(new DescribeKeyCommand({ KeyId: key.id })))).toEqual(
      refusal('NotFoundException', `Key '${foreignArn}' does not exist`),
    );
    const foreignAlias = aliasArnOf(key.aliasName).replace('000000000000', otherAccount);
    expect(await refusalOf(stranger.send(new DescribeKeyCommand({ KeyId: key.aliasName })))).toEqual(
      refusal('NotFoundException', `Alias ${foreignAlias} is not found.`),
    );
  });

  // ReEncrypt names its source key first; ListAliases is refused as every operation is.
  const actionOf = (name: string) => (name === 'ReEncrypt' ? 'ReEncryptFrom' : name);

  it.each(onKey)(
    '%s refuses the ARN of a key in another account with AccessDeniedException, an absent one alike',
    async (name, request) => {
      const withoutPermission = (KeyId: string) =>
        refusalOf(request(stranger, { ...theirs, KeyId, freeAliasName: 'alias/free' }));
      const reason = `because no resource-based policy allows the kms:${actionOf(name)} action`;
      for (const arn of [key.arn, keyArnOf(absentKeyId)]) {
        expect(await withoutPermission(arn)).toEqual(accessDenied(actionOf(name), arn, reason, otherRootArn));
      }
    },
  );

  it.each(Object.entries(requestsByAnyForm))(
    '%s refuses an alias ARN of another account with AccessDeniedException, an absent one alike',
    async (name, request) => {
      const reason = `because no resource-based policy allows the kms:${actionOf(name)} action`;
      for (const arn of [aliasArnOf(key.aliasName), aliasArnOf('alias/absent')]) {
        const subject = { ...theirs, KeyId: arn, freeAliasName: 'alias/free' };
        expect(await refusalOf(request(stranger, subject))).toEqual(
          accessDenied(actionOf(name), arn, reason, otherRootArn),
        );
      }
    },
  );

  it.each(Object.entries(requestsByIdOrArn))(
    '%s refuses an alias ARN of another account with InvalidArnException',
    async (_name, request) => {
      for (const KeyId of [aliasArnOf(key.aliasName), aliasArnOf('alias/absent')]) {
        const subject = { ...theirs, KeyId, freeAliasName: 'alias/free' };
        expect(await refusalOf(request(stranger, subject))).toEqual(
          refusal('InvalidArnException', 'Key Aliases are not supported for this operation.'),
        );
      }
    },
  );

  it.each(Object.entries(requestsOnAlias).filter(([name]) => name !== 'DeleteAlias'))(
    '%s refuses a target key in another account with AccessDeniedException, an absent one alike',
    async (name, request) => {
      const reason = `because no resource-based policy allows the kms:${name} action`;
      for (const arn of [key.arn, keyArnOf(absentKeyId)]) {
        const subject = { ...theirs, KeyId: arn, freeAliasName: 'alias/free' };
        expect(await refusalOf(request(stranger, subject))).toEqual(
          accessDenied(name, arn, reason, otherRootArn),
        );
      }
    },
  );

  it('DeleteAlias and UpdateAlias do not find an alias of another account', async () => {
    const foreignAlias = aliasArnOf(key.aliasName).replace('000000000000', otherAccount);
    const expected = refusal('NotFoundException', `Alias ${foreignAlias} is not found.`);
    expect(await refusalOf(stranger.send(new DeleteAliasCommand({ AliasName: key.aliasName })))).toEqual(
      expected,
    );
    const update = new UpdateAliasCommand({ AliasName: key.aliasName, TargetKeyId: theirs.id });
    expect(await refusalOf(stranger.send(update))).toEqual(expected);
  });

  it('Decrypt refuses a ciphertext of another account with AccessDeniedException', async () => {
    const request = new DecryptCommand({ CiphertextBlob: key.ciphertextBlob });
    expect(await refusalOf(stranger.send(request))).toEqual(unknownCiphertextKey);
  });

  it('ReEncrypt refuses to hand a ciphertext to another account with AccessDeniedException', async () => {
    const reason = 'because no resource-based policy allows the kms:ReEncryptTo action';
    for (const arn of [key.arn, keyArnOf(absentKeyId)]) {
      const request = new ReEncryptCommand({ CiphertextBlob: theirs.ciphertextBlob, DestinationKeyId: arn });
      expect(await refusalOf(stranger.send(request))).toEqual(
        accessDenied('ReEncryptTo', arn, reason, otherRootArn),
      );
    }
  });

  it('have alias names of their own', async () => {
    await stranger.send(new CreateAliasCommand({ AliasName: key.aliasName, TargetKeyId: theirs.id }));
    expect((await stranger.send(new DescribeKeyCommand({ KeyId: key.aliasName }))).KeyMetadata?.KeyId).toBe(
      theirs.id,
    );
    expect((await kms.client.send(new DescribeKeyCommand({ KeyId: key.aliasName }))).KeyMetadata?.KeyId).toBe(
      key.id,
    );
  });

  it('may name each other in a key policy, which takes accounts that exist', async () => {
    const statement = (arn: string) => ({
      Effect: 'Allow',
      Principal: { AWS: arn },
      Action: 'kms:*',
      Resource: '*',
    });
    const { id: KeyId } = await kms.createKey();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [statement(rootArn), statement(otherRootArn)],
    });
    const reply = await kms.client.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    expect(reply.$metadata.httpStatusCode).toBe(200);
  });
});
