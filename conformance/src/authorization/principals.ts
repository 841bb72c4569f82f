import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, type CreateKeyCommandInput, type KMSClient } from '@aws-sdk/client-kms';
import { type Refusal, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll } from 'vitest';

export const own = '111122223333';
export const other = '444455556666';
export const region = 'eu-west-2';

export const arnOf = (userName: string, accountId = own): string =>
  `arn:aws:iam::${accountId}:user/${userName}`;
export const rootOf = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

/** A user of a seed file: what its one inline policy says, and whatever else the file may say. */
export interface SeededUser {
  readonly may?: unknown;
  readonly more?: Readonly<Record<string, unknown>>;
}

type Users = Readonly<Record<string, SeededUser>>;

/** One account of a seed file. Its root user's access key is named after it, every other after its user. */
export function account(id: string, users: Users, more: Readonly<Record<string, unknown>> = {}): object {
  return {
    id,
    rootAccessKeys: [credentialsOf(id)],
    users: Object.entries(users).map(([name, { may, more: fields }]) => ({
      name,
      accessKeys: [credentialsOf(name)],
      ...(may === undefined ? {} : { inlinePolicies: { inline: documentOf(may) } }),
      ...fields,
    })),
    ...more,
  };
}

export const documentOf = (statement: unknown): object => ({ Version: '2012-10-17', Statement: statement });
export const textOf = (statement: unknown): string => JSON.stringify(documentOf(statement));
export const allow = (Action: string | readonly string[], more: object = {}): object => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
  ...more,
});
export const deny = (Action: string | readonly string[], more: object = {}): object => ({
  ...allow(Action, more),
  Effect: 'Deny',
});

/** The statement of the default key policy, which delegates the key to its account. */
export const delegates = (accountId = own): object =>
  allow('kms:*', { Sid: 'delegation', Principal: { AWS: rootOf(accountId) } });

const credentialsOf = (name: string) => ({
  accessKeyId: `AKIA${name.replaceAll('-', '_')}`,
  secretAccessKey: name,
});

export interface MadeKey {
  readonly id: string;
  readonly arn: string;
}

/** A service with the principals of a seed file, for all tests of the calling file. */
export class Authorized {
  #service: TestService | undefined;
  readonly #clients = new Map<string, KMSClient>();

  get service(): TestService {
    if (this.#service === undefined) throw new Error('the service has not started');
    return this.#service;
  }

  async start(seed: string): Promise<void> {
    this.#service = await startTestService({ seed });
  }

  /** The client of a user, or of an account's root user by the account's id. */
  as(name: string): KMSClient {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const { accessKeyId, secretAccessKey } = credentialsOf(name);
    const client = this.service.client({ credentials: { accessKeyId, secretAccessKey } });
    this.#clients.set(name, client);
    return client;
  }

  /** A key that the root user makes, under a policy of these statements. */
  async keyUnder(statement: unknown, input: CreateKeyCommandInput = {}, accountId = own): Promise<MadeKey> {
    const command = new CreateKeyCommand({
      Policy: textOf(statement),
      BypassPolicyLockoutSafetyCheck: true,
      ...input,
    });
    const { KeyMetadata: { KeyId: id = '', Arn: arn = '' } = {} } = await this.as(accountId).send(command);
    return { id, arn };
  }
}

export function useAuthorized(...accounts: readonly object[]): Authorized {
  const authorized = new Authorized();
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-principals-'));
  beforeAll(async () => {
    const seed = join(folder, 'seed.yaml');
    writeFileSync(seed, JSON.stringify({ accounts }));
    await authorized.start(seed);
  });
  afterAll(async () => {
    await authorized.service.close();
    rmSync(folder, { recursive: true });
  });
  return authorized;
}

/** The refusal of a permission, in the words of "Troubleshoot access denied error messages" (IAM User Guide). */
export function denied(
  callerArn: string,
  action: string,
  resourceArn: string | undefined,
  why: 'resource-based' | 'identity-based' | { readonly reason: string },
): Refusal {
  const reason =
    typeof why === 'string' ? `because no ${why} policy allows the kms:${action} action` : why.reason;
  const resource = resourceArn === undefined ? '' : ` on resource: ${resourceArn}`;
  return {
    name: 'AccessDeniedException',
    message: `User: ${callerArn} is not authorized to perform: kms:${action}${resource} ${reason}`,
    status: 400,
  };
}
