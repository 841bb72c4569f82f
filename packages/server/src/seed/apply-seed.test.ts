import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ScheduleKeyDeletionCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';

const keyId = 'bc436485-5092-42b8-92a3-0aa8b93536dc';
const otherKeyId = '49c5492b-b1bc-42a8-9a5c-b2015e810c1c';
const older = '34743777217A25432A46294A404E635266556A586E3272357538782F413F4428';
const newer = '5cdaead27fe7da2de47945d73cd6d79e36494e73802f3cd3869f1d2cb0b5d7a9';
const accountId = '111122223333';
const payments = { accessKeyId: 'AKIAPAYMENTS', secretAccessKey: 'payments secret' };

const accountWith = (keys: string, id = accountId) => `
accounts:
  - id: "${id}"
    rootAccessKeys: [{ accessKeyId: ${payments.accessKeyId}, secretAccessKey: ${payments.secretAccessKey} }]
    regions: { eu-west-2: { keys: [${keys}] } }
`;
const seededKey = `{ keyId: ${keyId}, description: seeded, material: [${older}, ${newer}], aliases: [alias/testing], tags: { Team: payments } }`;

let folder: string;
let services: TestService[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-seed-'));
  services = [];
});
afterEach(async () => {
  for (const service of services) await service.close();
  rmSync(folder, { recursive: true });
});

async function start(seed: string, dataDir?: string): Promise<TestService> {
  const path = join(folder, 'seed.yaml');
  writeFileSync(path, seed);
  const service = await startTestService({ seed: path, ...(dataDir === undefined ? {} : { dataDir }) });
  services.push(service);
  return service;
}

/** Ends the service and starts it on the same folder with another seed. */
async function restartWith(service: TestService, seed: string): Promise<TestService> {
  writeFileSync(join(folder, 'seed.yaml'), seed);
  services = services.filter((one) => one !== service);
  const next = await service.restart();
  services.push(next);
  return next;
}

const paymentsClient = (service: TestService) => service.client({ credentials: payments });

describe('a seed file', () => {
  it('makes account, access key, key, key material, alias, tags and default policy', async () => {
    const service = await start(accountWith(seededKey));
    const kms = paymentsClient(service);
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/testing' }));
    expect(KeyMetadata).toMatchObject({
      Arn: `arn:aws:kms:eu-west-2:${accountId}:key/${keyId}`,
      Description: 'seeded',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
    });
    const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId: keyId }));
    expect(Tags).toEqual([{ TagKey: 'Team', TagValue: 'payments' }]);
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: keyId }));
    expect(Policy).toContain(`arn:aws:iam::${accountId}:root`);
    const { Rotations } = await kms.send(
      new ListKeyRotationsCommand({ KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    );
    expect(Rotations).toHaveLength(2);
    expect(KeyMetadata?.CurrentKeyMaterialId).toBe(Rotations?.at(-1)?.KeyMaterialId);
  });

  it('names its changes in the journal, and no secret', async () => {
    const service = await start(accountWith(seededKey));
    const records = service.journal();
    expect(records).toContainEqual(
      expect.objectContaining({
        eventName: 'CreateAccount',
        eventSource: 'organizations.amazonaws.com',
        accountId,
      }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({
        eventName: 'CreateKey',
        eventType: 'AwsServiceEvent',
        resources: [`arn:aws:kms:eu-west-2:${accountId}:key/${keyId}`],
      }),
    );
    const text = JSON.stringify(records).toLowerCase();
    for (const secret of [older, newer, payments.secretAccessKey])
      expect(text).not.toContain(secret.toLowerCase());
  });

  it('changes nothing when it is applied again', async () => {
    const seed = accountWith(`${seededKey}, {}, { aliases: [alias/unnamed] }`);
    const service = await start(seed);
    const keysOf = async (one: TestService) => (await paymentsClient(one).send(new ListKeysCommand({}))).Keys;
    const before = { keys: await keysOf(service), records: service.journal().length };
    expect(before.keys).toHaveLength(3);
    const again = await restartWith(service, seed);
    expect(again.journal().filter(({ eventType }) => eventType === 'AwsServiceEvent')).toHaveLength(2);
    expect(await keysOf(again)).toEqual(before.keys);
  });

  it('leaves a key that exists as it is, and makes what is missing beside it', async () => {
    const service = await start(accountWith(seededKey));
    await paymentsClient(service).send(
      new UpdateKeyDescriptionCommand({ KeyId: keyId, Description: 'mine now' }),
    );
    const changed = `{ keyId: ${keyId}, description: other, tags: { New: tag }, material: [${older}], aliases: [alias/testing, alias/second] }`;
    const again = await restartWith(service, accountWith(`${changed}, { keyId: ${otherKeyId} }`));
    const kms = paymentsClient(again);
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/second' }));
    expect(KeyMetadata).toMatchObject({ KeyId: keyId, Description: 'mine now' });
    const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId: keyId }));
    expect(Tags).toEqual([{ TagKey: 'Team', TagValue: 'payments' }]);
    await kms.send(new DescribeKeyCommand({ KeyId: otherKeyId }));
  });

  it('leaves an alias that exists where it points', async () => {
    const service = await start(accountWith('{}'));
    const kms = paymentsClient(service);
    const made = await kms.send(new CreateKeyCommand({}));
    await kms.send(
      new CreateAliasCommand({ AliasName: 'alias/testing', TargetKeyId: made.KeyMetadata?.KeyId }),
    );
    const again = paymentsClient(await restartWith(service, accountWith(seededKey)));
    const { KeyMetadata } = await again.send(new DescribeKeyCommand({ KeyId: 'alias/testing' }));
    expect(KeyMetadata?.KeyId).toBe(made.KeyMetadata?.KeyId);
    expect((await again.send(new ListAliasesCommand({ KeyId: keyId }))).Aliases).toEqual([]);
  });

  it('brings an alias back that was deleted, but not for a key that waits for its deletion', async () => {
    const service = await start(accountWith(seededKey));
    await paymentsClient(service).send(new DeleteAliasCommand({ AliasName: 'alias/testing' }));
    const again = await restartWith(service, accountWith(seededKey));
    await paymentsClient(again).send(new DescribeKeyCommand({ KeyId: 'alias/testing' }));
    await paymentsClient(again).send(new DeleteAliasCommand({ AliasName: 'alias/testing' }));
    await paymentsClient(again).send(
      new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }),
    );
    const last = await restartWith(again, accountWith(seededKey));
    const refusal = await refusalOf(
      paymentsClient(last).send(new DescribeKeyCommand({ KeyId: 'alias/testing' })),
    );
    expect(refusal.name).toBe('NotFoundException');
  });

  it('does not bring a destroyed key back', async () => {
    const service = await start(accountWith(seededKey));
    await paymentsClient(service).send(
      new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }),
    );
    await service.advance(8 * day);
    const seed = accountWith(`${seededKey}, { keyId: ${otherKeyId}, aliases: [alias/other] }`);
    const again = paymentsClient(await restartWith(service, seed));
    const refusal = await refusalOf(again.send(new DescribeKeyCommand({ KeyId: keyId })));
    expect(refusal.name).toBe('NotFoundException');
    await again.send(new DescribeKeyCommand({ KeyId: 'alias/other' }));
  });

  it('makes key material whose ciphertexts open in a fresh installation with the same seed', async () => {
    const encrypt = {
      KeyId: 'alias/testing',
      Plaintext: Buffer.from('hello'),
      EncryptionContext: { a: 'b' },
    };
    const first = await start(
      accountWith(`{ keyId: ${keyId}, material: [${older}], aliases: [alias/testing] }`),
    );
    const { CiphertextBlob } = await paymentsClient(first).send(new EncryptCommand(encrypt));
    const second = await start(accountWith(seededKey));
    const decrypt = { CiphertextBlob, EncryptionContext: { a: 'b' } };
    const opened = await paymentsClient(second).send(new DecryptCommand(decrypt));
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('hello');
    expect(opened.KeyId).toBe(`arn:aws:kms:eu-west-2:${accountId}:key/${keyId}`);
  });

  it('gives the same material of two keys two ids, so that no blob tells that they share it', async () => {
    const service = await start(
      accountWith(
        `{ aliases: [alias/a], material: [${newer}] }, { aliases: [alias/b], material: [${newer}] }`,
      ),
    );
    const idOf = async (KeyId: string) =>
      (await paymentsClient(service).send(new DescribeKeyCommand({ KeyId }))).KeyMetadata
        ?.CurrentKeyMaterialId;
    const ids = [await idOf('alias/a'), await idOf('alias/b')];
    expect(ids[0]).not.toBe(ids[1]);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes a key policy that names accounts of the same file', async () => {
    const policy = `{ Statement: { Effect: Allow, Principal: { AWS: ["${accountId}", "444455556666"] }, Action: "kms:*", Resource: "*" } }`;
    const seed = `${accountWith(`{ keyId: ${keyId}, policy: ${policy} }`)}  - id: "444455556666"\n`;
    const { Policy } = await paymentsClient(await start(seed)).send(
      new GetKeyPolicyCommand({ KeyId: keyId }),
    );
    expect(Policy).toContain('444455556666');
  });

  it("reads local-kms's form for test/test in eu-west-2, its rotation with it", async () => {
    const service = await start(
      `Keys:\n  Symmetric:\n    Aes:\n      - Metadata: { KeyId: ${keyId} }\n        NextKeyRotation: "2019-09-12T15:19:21+00:00"\n        BackingKeys: [${older}]\nAliases:\n  - { AliasName: alias/testing, TargetKeyId: ${keyId} }\n`,
    );
    const { Rotations } = await service
      .client()
      .send(new ListKeyRotationsCommand({ KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }));
    expect(Rotations).toHaveLength(2);
    const status = await service.client().send(new GetKeyRotationStatusCommand({ KeyId: keyId }));
    expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 365 });
    const { KeyMetadata } = await service.client().send(new DescribeKeyCommand({ KeyId: 'alias/testing' }));
    expect(KeyMetadata?.Arn).toBe(`arn:aws:kms:eu-west-2:000000000000:key/${keyId}`);
  });
});

describe('a seed file that cannot be applied', () => {
  async function refusalAt(path: string, dataDir: string): Promise<StartRefusal> {
    try {
      services.push(await startTestService({ seed: path, dataDir }));
    } catch (error) {
      if (error instanceof StartRefusal) return error;
      throw error;
    }
    throw new Error('the start was not refused');
  }

  const keyWithPolicy = (policy: string) => `{ keyId: ${keyId} },\n        { policy: ${policy} }`;
  const allowing = (principal: string, action: string) =>
    `{ Statement: { Effect: Allow, Principal: { AWS: "${principal}" }, Action: "${action}", Resource: "*" } }`;

  it.each([
    ['principals', accountWith(keyWithPolicy(allowing('999999999999', 'kms:*'))), 6, 'invalid principals'],
    [
      'a lockout',
      accountWith(keyWithPolicy(allowing(accountId, 'kms:Encrypt'))),
      6,
      'will not allow you to update',
    ],
    ['a malformed policy', accountWith(keyWithPolicy('"{"')), 6, 'the key policy is refused'],
    [
      'the well-known access key with another secret',
      'accounts:\n  - id: "000000000000"\n    rootAccessKeys:\n      - { accessKeyId: test, secretAccessKey: hidden }',
      4,
      'the access key test exists already with another secret or account',
    ],
    [
      'the well-known access key for another account',
      'accounts:\n  - id: "111122223333"\n    rootAccessKeys:\n      - { accessKeyId: test, secretAccessKey: test }',
      4,
      'the access key test exists already',
    ],
  ])('is refused for %s, and nothing of it is applied', async (_, seed, line, rule) => {
    const path = join(folder, 'wrong.yaml');
    const dataDir = join(folder, 'data');
    writeFileSync(
      path,
      `${seed}\n  - id: "222233334444"\n    rootAccessKeys: [{ accessKeyId: fresh, secretAccessKey: x }]\n`,
    );
    const refusal = await refusalAt(path, dataDir);
    expect(refusal.message).toContain(`${path} is wrong in line ${line}: `);
    expect(refusal.message).toContain(rule);
    expect(refusal.message).not.toContain('hidden');

    const service = await startTestService({ dataDir });
    services.push(service);
    const client = service.client({ credentials: { accessKeyId: 'fresh', secretAccessKey: 'x' } });
    expect((await refusalOf(client.send(new ListKeysCommand({})))).name).toBe('UnrecognizedClientException');
    expect(service.journal().filter(({ eventType }) => eventType === 'AwsServiceEvent')).toEqual([]);
  });

  it('accepts the well-known access key as it is', async () => {
    const service = await start(
      'accounts:\n  - id: "000000000000"\n    rootAccessKeys: [{ accessKeyId: test, secretAccessKey: test }]\n',
    );
    await service.client().send(new ListKeysCommand({}));
  });
});
