import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KMSClient } from '@aws-sdk/client-kms';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { type Refusal, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll } from 'vitest';

export const accountId = '111122223333';
export const otherAccountId = '444455556666';
export const region = 'eu-west-2';
export const keyId = 'bc436485-5092-42b8-92a3-0aa8b93536dc';
export const keyArn = `arn:aws:kms:${region}:${accountId}:key/${keyId}`;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The access keys of a seed file's users have secrets that follow from their ids. */
export function keyOf(accessKeyId: string): Credentials {
  return { accessKeyId, secretAccessKey: `secret-of-${accessKeyId}` };
}

export const roleArn = (name: string, account = accountId): string => `arn:aws:iam::${account}:role/${name}`;
export const sessionArn = (role: string, name: string, account = accountId): string =>
  `arn:aws:sts::${account}:assumed-role/${role}/${name}`;

/** The service of one test file, its seed, and the clients that a test asks for. */
export class SessionsUnderTest {
  #service: TestService | undefined;
  #folder: string | undefined;
  readonly #clients: STSClient[] = [];

  async start(seed: object): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), 'keyhaven-seed-'));
    const path = join(this.#folder, 'seed.yaml');
    // JSON is YAML too.
    writeFileSync(path, JSON.stringify(seed));
    this.#service = await startTestService({ seed: path });
  }

  async restart(): Promise<void> {
    this.#service = await this.service.restart();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.#service?.close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }

  get service(): TestService {
    if (this.#service === undefined) throw new Error('the service has not started');
    return this.#service;
  }

  sts(credentials: Credentials): STSClient {
    const client = new STSClient({ endpoint: this.service.url, region, credentials, maxAttempts: 1 });
    this.#clients.push(client);
    return client;
  }

  kms(credentials: Credentials): KMSClient {
    return this.service.client({ region, credentials });
  }

  assume(
    by: Credentials,
    role: string,
    input: Partial<AssumeRoleCommandInput> = {},
  ): Promise<AssumeRoleCommandOutput> {
    const RoleArn = role.startsWith('arn:') ? role : roleArn(role);
    return this.sts(by).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'trial', ...input }));
  }

  /** The credentials of a new session. */
  async session(
    by: Credentials,
    role: string,
    input: Partial<AssumeRoleCommandInput> = {},
  ): Promise<Required<Credentials>> {
    return credentialsOf(await this.assume(by, role, input));
  }

  /** The ARN that the service knows a caller by. */
  async identify(credentials: Credentials): Promise<string | undefined> {
    return (await this.sts(credentials).send(new GetCallerIdentityCommand({}))).Arn;
  }
}

export function credentialsOf({ Credentials: made }: AssumeRoleCommandOutput): Required<Credentials> {
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
  } = made ?? {};
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
    throw new Error('AssumeRole made no credentials');
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** One service for all tests of the calling file. */
export function useSessions(seed: object): SessionsUnderTest {
  const sessions = new SessionsUnderTest();
  beforeAll(() => sessions.start(seed));
  afterAll(() => sessions.close());
  return sessions;
}

export const statement = (
  Effect: 'Allow' | 'Deny',
  Action: string | readonly string[],
  more: object = {},
) => ({
  Effect,
  Action,
  ...more,
});

export const document = (...statements: readonly object[]) => ({
  Version: '2012-10-17',
  Statement: statements,
});

export const allows = (Action: string | readonly string[], Resource: string | readonly string[] = '*') =>
  document(statement('Allow', Action, { Resource }));

/** A trust policy. */
export const trusts = (
  Principal: object | '*',
  Action: string | readonly string[] = 'sts:AssumeRole',
  more = {},
) => document(statement('Allow', Action, { Principal, ...more }));

export const user = (name: string, inlinePolicies: object = {}) => ({
  name,
  inlinePolicies,
  accessKeys: [keyOf(`AKIAOF${name.toUpperCase()}`)],
});
export const keyOfUser = (name: string): Credentials => keyOf(`AKIAOF${name.toUpperCase()}`);
export const userArn = (name: string, account = accountId): string => `arn:aws:iam::${account}:user/${name}`;

/** The refusal of AssumeRole where something does not let the caller in. */
export function notAssumable(callerArn: string, role: string, action = 'sts:AssumeRole'): Refusal {
  return {
    name: 'AccessDenied',
    message: `User: ${callerArn} is not authorized to perform: ${action} on resource: ${role}`,
    status: 403,
  };
}

/** As STS calls the refusal of a token, and as KMS does. */
export const invalidToken: Readonly<Record<'sts' | 'kms', Refusal>> = {
  sts: {
    name: 'InvalidClientTokenId',
    message: 'The security token included in the request is invalid.',
    status: 403,
  },
  kms: {
    name: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
    status: 400,
  },
};

export const stsValidation = (message: string): Refusal => ({
  name: 'ValidationError',
  message,
  status: 400,
});
