import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, EncryptCommand, GetKeyPolicyCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';

const accountId = '111122223333';
const keyId = 'bc436485-5092-42b8-92a3-0aa8b93536dc';
const ada = { accessKeyId: 'AKIAADA', secretAccessKey: 'secret of ada' };
const s3 = { accessKeyId: 'AKIASERVICE', secretAccessKey: 'secret of s3' };

const allow = (action: string, more = '') =>
  `{ Version: 2012-10-17, Statement: { Effect: Allow, Action: "${action}", Resource: "*"${more} } }`;

const seed = `
accounts:
  - id: "${accountId}"
    policies: [{ name: UseKeys, path: /shared/, document: ${allow('kms:Encrypt')} }]
    groups: [{ name: Ops, policies: [usekeys], inlinePolicies: { list: ${allow('kms:ListKeys')} } }]
    users:
      - name: Ada
        path: /staff/
        groups: [ops]
        tags: { Team: payments }
        boundary: arn:aws:iam::${accountId}:policy/shared/UseKeys
        accessKeys:
          - { accessKeyId: ${ada.accessKeyId}, secretAccessKey: ${ada.secretAccessKey} }
          - { accessKeyId: AKIAOLD, secretAccessKey: old, status: Inactive }
    roles:
      - name: Deploy
        trustPolicy: { Statement: { Effect: Allow, Principal: { AWS: "arn:aws:iam::${accountId}:user/staff/Ada" }, Action: sts:AssumeRole } }
        policies: [UseKeys]
    services: [{ name: s3.amazonaws.com, accessKeys: [{ accessKeyId: ${s3.accessKeyId}, secretAccessKey: ${s3.secretAccessKey} }] }]
    controlPolicies:
      service: { all: ${allow('*')} }
    regions:
      eu-west-2:
        keys:
          - keyId: ${keyId}
            policy:
              Statement:
                - { Effect: Allow, Principal: { AWS: "${accountId}" }, Action: "kms:*", Resource: "*" }
                - { Effect: Allow, Principal: { AWS: "arn:aws:iam::${accountId}:role/Deploy" }, Action: "kms:Decrypt", Resource: "*" }
`;

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

async function start(text: string, dataDir?: string): Promise<TestService> {
  const path = join(folder, 'seed.yaml');
  writeFileSync(path, text);
  const service = await startTestService({ seed: path, ...(dataDir === undefined ? {} : { dataDir }) });
  services.push(service);
  return service;
}

async function restartWith(service: TestService, text: string): Promise<TestService> {
  writeFileSync(join(folder, 'seed.yaml'), text);
  services = services.filter((one) => one !== service);
  const next = await service.restart();
  services.push(next);
  return next;
}

async function whoIs(service: TestService, credentials: typeof ada) {
  const sts = new STSClient({ endpoint: service.url, region: 'eu-west-2', credentials, maxAttempts: 1 });
  try {
    const { Arn, UserId, Account } = await sts.send(new GetCallerIdentityCommand({}));
    return { Arn, UserId, Account };
  } finally {
    sts.destroy();
  }
}

const fromSeed = (service: TestService) =>
  service.journal().filter(({ eventType }) => eventType === 'AwsServiceEvent');

describe('the principals of a seed file', () => {
  it('sign with their access keys, and say who they are', async () => {
    const service = await start(seed);
    const user = await whoIs(service, ada);
    expect(user).toEqual({
      Arn: `arn:aws:iam::${accountId}:user/staff/Ada`,
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/) as string,
      Account: accountId,
    });
    expect(await whoIs(service, s3)).toEqual({
      Arn: 's3.amazonaws.com',
      UserId: 's3.amazonaws.com',
      Account: accountId,
    });
  });

  it('have the same unique ids in a fresh installation with the same file', async () => {
    const ids = [(await whoIs(await start(seed), ada)).UserId, (await whoIs(await start(seed), ada)).UserId];
    expect(ids[0]).toBe(ids[1]);
    // A golden value: another one would be another user to whatever is bound to it.
    expect(ids[0]).toBe('AIDAW5ZQZEASCTSA2APNO');
  });

  it('may be named by the key policies of the same file', async () => {
    const service = await start(seed);
    const kms = service.client({ credentials: ada });
    // Her group lets her encrypt, and the key policy leaves it to the account.
    await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }));
    const refusal = await refusalOf(kms.send(new GetKeyPolicyCommand({ KeyId: keyId })));
    expect(refusal.name).toBe('AccessDeniedException');
    // The boundary keeps her from what her group allows.
    expect((await refusalOf(kms.send(new ListKeysCommand({})))).message).toContain('permissions boundary');
  });

  it('have no way in with an inactive access key, a wrong secret or an unknown one', async () => {
    const service = await start(seed);
    for (const credentials of [
      { accessKeyId: 'AKIAOLD', secretAccessKey: 'old' },
      { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' },
    ])
      expect((await refusalOf(whoIs(service, credentials))).name).toBe('InvalidClientTokenId');
    const wrong = { ...ada, secretAccessKey: s3.secretAccessKey };
    expect((await refusalOf(whoIs(service, wrong))).name).toBe('SignatureDoesNotMatch');
  });

  it('are in the journal by their ARNs, with their access key ids and without their secrets', async () => {
    const records = fromSeed(await start(seed));
    expect(records).toContainEqual(
      expect.objectContaining({
        eventName: 'CreateAccount',
        resources: [
          `arn:aws:iam::${accountId}:user/staff/Ada`,
          `arn:aws:iam::${accountId}:role/Deploy`,
          `arn:aws:iam::${accountId}:group/Ops`,
          `arn:aws:iam::${accountId}:policy/shared/UseKeys`,
        ],
        additionalEventData: {
          cause: 'seed file',
          accessKeyIds: [s3.accessKeyId, ada.accessKeyId, 'AKIAOLD'],
        },
      }),
    );
    const text = JSON.stringify(records);
    for (const { secretAccessKey } of [ada, s3]) expect(text).not.toContain(secretAccessKey);
  });

  it('stay as they are when the file is applied again, whatever it says of them now', async () => {
    const first = await start(seed);
    const before = await whoIs(first, ada);
    const again = await restartWith(
      first,
      seed
        .replace('groups: [ops]', 'groups: []')
        .replace('path: /staff/', 'path: /other/')
        .replace('user/staff/Ada" }, Action: sts', 'user/other/Ada" }, Action: sts')
        .replace('secret of ada', 'another'),
    );
    expect(fromSeed(again)).toHaveLength(2);
    expect(await whoIs(again, ada)).toEqual(before);
    const kms = again.client({ credentials: ada });
    await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }));
  });

  it('are made beside those that exist, and may refer to them', async () => {
    const first = await start(seed);
    const more =
      '      - { name: Bob, groups: [Ops], policies: [UseKeys], accessKeys: [{ accessKeyId: AKIABOB, secretAccessKey: b }] }\n    roles:';
    const again = await restartWith(first, seed.replace('    roles:', more));
    expect(fromSeed(again).at(-1)).toMatchObject({
      eventName: 'CreateUser',
      resources: [`arn:aws:iam::${accountId}:user/Bob`],
      additionalEventData: { accessKeyIds: ['AKIABOB'] },
    });
    const kms = again.client({ credentials: { accessKeyId: 'AKIABOB', secretAccessKey: 'b' } });
    await kms.send(new ListKeysCommand({}));
    await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }));
    expect((await refusalOf(kms.send(new CreateKeyCommand({})))).name).toBe('AccessDeniedException');
  });
});

describe('principals of a seed file that cannot be made', () => {
  it.each([
    [
      'a trust policy that names nobody',
      seed.replace('user/staff/Ada" }, Action: sts', 'user/Ada" }, Action: sts'),
      'principal that does not exist',
    ],
    ['a key policy that names nobody', seed.replace('role/Deploy', 'role/deploy'), 'invalid principals'],
    [
      'an access key of another principal',
      `${seed}  - { id: "000000000000", users: [{ name: Eve, accessKeys: [{ accessKeyId: test, secretAccessKey: test }] }] }\n`,
      'the access key test exists already',
    ],
  ])('refuse the start, and nothing of the file is there: %s', async (_, text, rule) => {
    const dataDir = join(folder, 'data');
    const refused = await start(text, dataDir).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StartRefusal);
    expect((refused as StartRefusal).message).toContain(rule);
    const service = await startTestService({ dataDir });
    services.push(service);
    expect((await refusalOf(whoIs(service, ada))).name).toBe('InvalidClientTokenId');
    expect(fromSeed(service)).toEqual([]);
  });
});
