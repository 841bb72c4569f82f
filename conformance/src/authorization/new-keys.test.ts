import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
  ReplicateKeyCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { account, allow, arnOf, delegates, denied, deny, own, textOf, useAuthorized } from './principals.ts';

const creates = allow('kms:CreateKey');
const Tags = [{ TagKey: 'team', TagValue: 'red' }];

const authorized = useAuthorized(
  account(own, {
    creator: { may: creates },
    tagger: {
      may: [
        creates,
        allow('kms:TagResource', { Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } } }),
      ],
    },
    symmetric: {
      may: allow('kms:CreateKey', { Condition: { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } } }),
    },
    local: {
      may: [
        allow('kms:*'),
        deny('kms:CreateKey', { Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-2' } } }),
      ],
    },
    replicator: { may: allow(['kms:ReplicateKey', 'kms:CreateKey']) },
    keeper: { may: [creates, allow('kms:PutKeyPolicy')] },
    describer: { may: allow('kms:DescribeKey') },
    nobody: {},
  }),
);

const create = (name: string, input: CreateKeyCommandInput = {}) =>
  authorized.as(name).send(new CreateKeyCommand(input));
const lockedOut = {
  name: 'MalformedPolicyDocumentException',
  message: 'The new key policy will not allow you to update the key policy in the future.',
  status: 400,
};

describe('A new key', () => {
  it('is for whom IAM allows it', async () => {
    expect((await create('creator')).KeyMetadata?.AWSAccountId).toBe(own);
    expect(await refusalOf(create('nobody'))).toEqual(
      denied(arnOf('nobody'), 'CreateKey', '*', 'identity-based'),
    );
  });

  it('makes nothing of a Region for whom IAM does not allow it', async () => {
    const region = 'eu-nowhere-1';
    const rotate = () => authorized.service.admin('domain-rotate', { scope: { kind: 'region', region } });
    const createThere = (name: string) => {
      const credentials = { accessKeyId: `AKIA${name}`, secretAccessKey: name };
      return authorized.service.client({ region, credentials }).send(new CreateKeyCommand({}));
    };
    expect((await refusalOf(createThere('nobody'))).name).toBe('AccessDeniedException');
    await expect(rotate()).rejects.toThrow(`No domain key was made for the Region ${region}`);
    await createThere('creator');
    expect((await rotate())['rotated']).toMatchObject([{ scope: region }]);
  });

  it('of a service is made for whom IAM lets describe it, and for nobody else', async () => {
    const region = 'eu-nowhere-2';
    const rotate = () => authorized.service.admin('domain-rotate', { scope: { kind: 'region', region } });
    const describeAs = (name: string) => {
      const credentials = { accessKeyId: `AKIA${name}`, secretAccessKey: name };
      return authorized.service
        .client({ region, credentials })
        .send(new DescribeKeyCommand({ KeyId: 'alias/aws/s3' }));
    };
    expect((await refusalOf(describeAs('nobody'))).message).toContain(
      'because no identity-based policy allows the kms:DescribeKey action',
    );
    await expect(rotate()).rejects.toThrow('No domain key was made');
    expect((await describeAs('describer')).KeyMetadata).toMatchObject({ KeyManager: 'AWS', Enabled: true });
    await expect(rotate()).resolves.toBeDefined();
  });

  it('with tags takes the permission to tag, whose refusal names no resource', async () => {
    await create('tagger', { Tags });
    expect(await refusalOf(create('creator', { Tags }))).toEqual(
      denied(arnOf('creator'), 'TagResource', undefined, 'identity-based'),
    );
    const others = [...Tags, { TagKey: 'stage', TagValue: 'test' }];
    expect(await refusalOf(create('tagger', { Tags: others }))).toEqual(
      denied(arnOf('tagger'), 'TagResource', undefined, 'identity-based'),
    );
  });

  it('may be of one kind only, which is the default where none is named', async () => {
    await create('symmetric');
    const other: CreateKeyCommandInput = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' };
    expect(await refusalOf(create('symmetric', other))).toEqual(
      denied(arnOf('symmetric'), 'CreateKey', '*', 'identity-based'),
    );
  });
});

describe('The lockout safety check of CreateKey', () => {
  const policyOf = (statement: unknown) => ({ Policy: textOf(statement) });

  it('lets a policy through that names the caller for PutKeyPolicy', async () => {
    await create('creator', policyOf(allow('kms:*', { Principal: { AWS: arnOf('creator') } })));
  });

  it('counts delegation only for whom IAM allows PutKeyPolicy', async () => {
    await create('keeper', policyOf(delegates()));
    await create(own, policyOf(delegates()));
    expect(await refusalOf(create('creator', policyOf(delegates())))).toEqual(lockedOut);
  });

  it.each<[string, unknown]>([
    ['names somebody else', allow('kms:*', { Principal: { AWS: arnOf('nobody') } })],
    ['names the caller for other actions', allow('kms:Encrypt', { Principal: { AWS: arnOf('keeper') } })],
    ['denies the caller', [delegates(), deny('kms:PutKeyPolicy', { Principal: { AWS: arnOf('keeper') } })]],
    [
      'allows under a condition that this request does not meet',
      allow('kms:*', {
        Principal: { AWS: arnOf('keeper') },
        Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
      }),
    ],
  ])('refuses a policy that %s', async (_, statement) => {
    expect(await refusalOf(create('keeper', policyOf(statement)))).toEqual(lockedOut);
  });

  it('takes the conditions of this request, and the kind of the new key', async () => {
    const Condition = {
      IpAddress: { 'aws:SourceIp': '127.0.0.0/8' },
      StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' },
    };
    const conditional = policyOf(allow('kms:*', { Principal: { AWS: arnOf('creator') }, Condition }));
    await create('creator', conditional);
    const other: CreateKeyCommandInput = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' };
    expect(await refusalOf(create('creator', { ...conditional, ...other }))).toEqual(lockedOut);
  });

  it('is skipped where the request says so', async () => {
    const policy = policyOf(allow('kms:*', { Principal: { AWS: arnOf('nobody') } }));
    await create('creator', { ...policy, BypassPolicyLockoutSafetyCheck: true });
  });
});

describe('The lockout safety check of PutKeyPolicy', () => {
  it('is about the caller, and refuses what would shut it out', async () => {
    const statement = allow('kms:*', { Principal: { AWS: arnOf('creator') } });
    const key = await authorized.keyUnder(statement);
    const put = (policy: unknown) =>
      authorized.as('creator').send(new PutKeyPolicyCommand({ KeyId: key.id, Policy: textOf(policy) }));
    await put([statement, delegates()]);
    expect(await refusalOf(put(delegates()))).toEqual(lockedOut);
    const { Policy = '' } = await authorized.as('creator').send(new GetKeyPolicyCommand({ KeyId: key.id }));
    expect(JSON.parse(Policy)).toEqual(JSON.parse(textOf([statement, delegates()])));
  });
});

describe('A replica', () => {
  const primary = () => authorized.keyUnder(delegates(), { MultiRegion: true });
  const replicate = (name: string, KeyId: string, more: object = {}) =>
    authorized.as(name).send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'us-east-1', ...more }));

  it('takes the permission on the primary key, and that to create keys', async () => {
    const key = await primary();
    expect(await refusalOf(replicate('creator', key.id))).toEqual(
      denied(arnOf('creator'), 'ReplicateKey', key.arn, 'identity-based'),
    );
    await replicate('replicator', key.id);
  });

  it('takes the latter where the replica will be', async () => {
    const key = await primary();
    const reason = 'with an explicit deny in an identity-based policy';
    expect(await refusalOf(replicate('local', key.id))).toEqual(
      denied(arnOf('local'), 'CreateKey', '*', { reason }),
    );
  });

  it('with tags takes the permission to tag', async () => {
    const key = await primary();
    expect(await refusalOf(replicate('replicator', key.id, { Tags }))).toEqual(
      denied(arnOf('replicator'), 'TagResource', undefined, 'identity-based'),
    );
  });

  it('must leave its policy to the caller', async () => {
    const key = await primary();
    const Policy = textOf(delegates());
    expect(await refusalOf(replicate('replicator', key.id, { Policy }))).toEqual(lockedOut);
    const { ReplicaPolicy = '' } = await replicate('replicator', key.id, {
      Policy,
      BypassPolicyLockoutSafetyCheck: true,
    });
    expect(JSON.parse(ReplicaPolicy)).toEqual(JSON.parse(Policy));
  });
});
