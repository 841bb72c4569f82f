import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EncryptCommand } from '@aws-sdk/client-kms';
import type { TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessKey, clientOf, keyArnOf, region, startSeeded, userArn } from './seeded-cast.ts';

let service: TestService;

beforeAll(async () => {
  service = await startSeeded();
});

afterAll(() => service.close());

const question = { principal: userArn('alice'), action: 'kms:Encrypt', key: keyArnOf('delegating') };

/** What changes with every commit: how many rows there are, and in which version. */
function databaseBytes(): Buffer {
  const names = readdirSync(service.dataDir).filter((name) => /^keyhaven\.db(-wal)?$/.test(name));
  return Buffer.concat(names.sort().map((name) => readFileSync(join(service.dataDir, name))));
}

const askEverything = async () => {
  const { $metadata } = await clientOf(service, 'alice').send(
    new EncryptCommand({ KeyId: keyArnOf('delegating'), Plaintext: Buffer.from('the plaintext') }),
  );
  return [
    await service.admin('explain', question),
    await service.admin('explain-request', { requestId: $metadata.requestId }),
    await service.admin('who-can', { key: question.key }),
  ];
};

describe('Explanations', () => {
  it('are journaled, with what was asked', async () => {
    await askEverything();
    const told = service.journal().filter(({ operator }) => operator === 'socket');
    expect(told.map(({ eventName }) => eventName)).toEqual([
      'ExplainDecision',
      'ExplainRequest',
      'ListKeyAccess',
    ]);
    expect(told[0]).toMatchObject({ operator: 'socket', requestParameters: question });
    expect(told[2]).toMatchObject({ requestParameters: { key: question.key } });
  });

  it('are journaled also where they are refused, without the text of a session policy', async () => {
    const sessionPolicies = ['{"Statement": "a text that is no policy"}'];
    await expect(service.admin('explain', { ...question, sessionPolicies })).rejects.toThrow(
      'session policy',
    );
    const last = service.journal().findLast(({ eventName }) => eventName === 'ExplainDecision');
    expect(last?.['errorMessage']).toContain('session policy');
    expect(JSON.stringify(last)).not.toContain('a text that is no policy');
  });

  it('hold no secret access key, plaintext or key material', async () => {
    const text = JSON.stringify(await askEverything());
    for (const name of ['root', 'alice', 'nobody', 's3'])
      expect(text).not.toContain(accessKey(name).secretAccessKey);
    expect(text).not.toContain('the plaintext');
    expect(text).not.toMatch(/"(?:wrapped|material|secret)/i);
  });

  it('change nothing of what is stored', async () => {
    await askEverything();
    const before = databaseBytes();
    await service.admin('explain', question);
    await service.admin('explain', {
      principal: question.principal,
      action: 'kms:CreateKey',
      region: 'ap-south-2',
    });
    await service.admin('who-can', { key: question.key });
    expect(databaseBytes().equals(before)).toBe(true);
  });

  it('make no AWS managed key, which describing one does', async () => {
    const key = 'alias/aws/s3';
    await expect(
      service.admin('explain', { principal: question.principal, action: 'kms:DescribeKey', key, region }),
    ).rejects.toThrow('There is no key "alias/aws/s3".');
  });
});
