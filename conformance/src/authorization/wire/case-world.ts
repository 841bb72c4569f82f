import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KMS } from '@aws-sdk/client-kms';
import { STS } from '@aws-sdk/client-sts';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { cast, ids } from '../cast.ts';
import type { CaseGrant, DecisionCase } from '../decision-case.ts';
import {
  accessKeyOf,
  accountsOf,
  assumer,
  type CaseAccounts,
  documentOf,
  inCase,
  ownCase,
  principalsOf,
  region,
  rootsOnly,
} from './case-accounts.ts';
import { callOperation, inputOf, keyKinds } from './case-requests.ts';
import { forwardAccess, sayMore } from './case-services.ts';

interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface CaseKey {
  readonly arn: string;
  readonly accountId: string;
}

interface Prepared {
  readonly one: DecisionCase;
  readonly accounts: CaseAccounts;
  readonly key: CaseKey;
}

/**
 * The cases of one theme on a running service: for each two accounts of its own with the table's principals, who hold real
 * credentials, and a key. The keys are made first, because the identity policies name them.
 */
export class CaseWorld {
  readonly #service: TestService;
  readonly #prepared: readonly Prepared[];

  private constructor(service: TestService, prepared: readonly Prepared[]) {
    this.#service = service;
    this.#prepared = prepared;
  }

  static async start(cases: readonly DecisionCase[]): Promise<CaseWorld> {
    const first = await startTestService();
    const seed = join(first.dataDir, 'seed.yaml');
    const numbered = cases.map((one, index) => ({ one, accounts: accountsOf(index) }));
    const startWith = async (accounts: readonly object[], { dataDir }: TestService) => {
      writeFileSync(seed, JSON.stringify({ accounts }));
      return startTestService({ dataDir, seed });
    };
    await first.service.close();
    const making = await startWith(
      numbered.flatMap(({ accounts }) => rootsOnly(accounts)),
      first,
    );
    const prepared: Prepared[] = [];
    for (const { one, accounts } of numbered) {
      const root = clientOf(making, accounts.own, 'root');
      const key = await makeKey(one, accounts, root);
      prepared.push({
        one: ownCase(one, accounts, key.arn.slice(key.arn.lastIndexOf('/') + 1)),
        accounts,
        key,
      });
    }
    await making.service.close();
    const service = await startWith(
      prepared.flatMap(({ one, accounts }) => principalsOf(one, accounts)),
      first,
    );
    return new CaseWorld(service, prepared);
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  /** Sends the case's request as its principal does, and waits for the answer; whatever it is, it is the caller's. */
  async ask(
    index: number,
  ): Promise<{ readonly key: CaseKey; readonly callerArn: string; readonly request: Promise<unknown> }> {
    const prepared = this.#prepared[index];
    if (prepared === undefined) throw new Error('there is no such case');
    const { accounts, key } = prepared;
    const service = this.#service;
    const root = clientOf(service, accounts.own, 'root');
    const caller = await this.#callerOf(prepared);
    const one = inCase(prepared.one, accounts, await this.#uniqueIds(prepared));
    const input = await inputOf(one, key, root);
    for (const grant of one.grants ?? []) await createGrant(grant, caller.arn, one, key, root);
    await setPolicies(one, accounts, key, root, service);
    const client = await this.#clientOf(one, accounts, caller.credentials);
    return { key, callerArn: caller.arn, request: callOperation(client, one.request.operation, input) };
  }

  /** The caller's client: its own, or that of a service which acts for it or for a resource. */
  async #clientOf(
    { request: { via = {} } }: DecisionCase,
    accounts: CaseAccounts,
    own: AccessKey,
  ): Promise<KMS> {
    const service = credentialsOf(accounts.own, 's3');
    const isForUser = via.service !== undefined;
    const client = new KMS({ ...config(this.#service), credentials: isForUser ? service : own });
    sayMore(client, {
      ...(isForUser
        ? { 'x-keyhaven-forwarded-access': await forwardAccess(this.#service.url, own, service) }
        : {}),
      ...(via.sourceArn === undefined ? {} : { 'x-keyhaven-source-arn': via.sourceArn }),
      ...(via.sourceAccount === undefined ? {} : { 'x-keyhaven-source-account': via.sourceAccount }),
    });
    return client;
  }

  async #callerOf({
    one,
    accounts,
  }: Prepared): Promise<{ readonly arn: string; readonly credentials: AccessKey }> {
    const { principal } = inCase(cast[one.principal], accounts, {});
    if (principal.kind !== 'assumed-role') {
      const name = one.principal.replace('other ', '');
      return { arn: principal.arn, credentials: credentialsOf(principal.accountId, name) };
    }
    const sts = new STS({
      ...config(this.#service),
      credentials: credentialsOf(principal.accountId, assumer),
    });
    const { Credentials: made } = await sts.assumeRole({
      RoleArn: principal.roleArn,
      RoleSessionName: principal.sessionName,
      ...(one.session === undefined
        ? {}
        : {
            PolicyArns: one.session.map((_, at) => ({
              arn: `arn:aws:iam::${principal.accountId}:policy/session-${at}`,
            })),
          }),
    });
    sts.destroy();
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = made ?? {};
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    };
    return { arn: principal.arn, credentials };
  }

  /** The unique ids that the service has given where the table shows its own. */
  async #uniqueIds({ one, accounts }: Prepared): Promise<Readonly<Record<string, string>>> {
    const text = JSON.stringify(one);
    if (!Object.values(ids).some((id) => text.includes(id))) return {};
    const sts = new STS({ ...config(this.#service), credentials: credentialsOf(accounts.own, 'alice') });
    const alice = await sts.getCallerIdentity({});
    const assuming = new STS({ ...config(this.#service), credentials: credentialsOf(accounts.own, assumer) });
    const app = await assuming.assumeRole({
      RoleArn: `arn:aws:iam::${accounts.own}:role/app`,
      RoleSessionName: 'id',
    });
    return {
      [ids.alice]: alice.UserId ?? '',
      [ids.app]: app.AssumedRoleUser?.AssumedRoleId?.split(':')[0] ?? '',
    };
  }
}

function config({ url }: TestService) {
  return { endpoint: url, region, maxAttempts: 1 };
}

function credentialsOf(accountId: string, name: string) {
  const { id, secret } = accessKeyOf(accountId, name);
  return { accessKeyId: id, secretAccessKey: secret };
}

function clientOf(service: TestService, accountId: string, name: string): KMS {
  return new KMS({ ...config(service), credentials: credentialsOf(accountId, name) });
}

async function makeKey(
  { key = {}, request }: DecisionCase,
  { own: accountId }: CaseAccounts,
  root: KMS,
): Promise<CaseKey> {
  const { kind = 'symmetric', multiRegion, tags = {} } = key;
  const aliases = key.aliases ?? (request.operation === 'CreateAlias' ? [] : ['alias/test']);
  const { KeyMetadata } = await root.createKey({
    ...keyKinds[kind],
    ...(multiRegion === undefined ? {} : { MultiRegion: multiRegion }),
    Tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  });
  const arn = KeyMetadata?.Arn ?? '';
  for (const AliasName of aliases) await root.createAlias({ AliasName, TargetKeyId: arn });
  return { arn, accountId };
}

async function createGrant(
  { operations, grantee, equals, subset, sourceArn }: CaseGrant,
  callerArn: string,
  { principal: name }: DecisionCase,
  { arn: KeyId, accountId }: CaseKey,
  root: KMS,
): Promise<void> {
  const { principal } = cast[name];
  const roleArn = principal.kind === 'assumed-role' ? principal.roleArn : callerArn;
  const account = callerArn.split(':')[4] ?? '';
  const named = {
    principal: { GranteePrincipal: callerArn },
    role: { GranteePrincipal: roleArn.replace(/::\d{12}:/, `::${account}:`) },
    account: { GranteePrincipal: `arn:aws:iam::${account}:root` },
    service: { GranteeServicePrincipal: callerArn, RetiringPrincipal: `arn:aws:iam::${accountId}:root` },
  }[grantee];
  await callOperation(root, 'CreateGrant', {
    KeyId,
    ...named,
    Operations: operations,
    Constraints: {
      ...(equals === undefined ? {} : { EncryptionContextEquals: equals }),
      ...(subset === undefined ? {} : { EncryptionContextSubset: subset }),
      ...(sourceArn === undefined ? {} : { SourceArn: sourceArn }),
    },
  });
}

/** The key policy and the control policies come last: from here on they may refuse the root user too. */
async function setPolicies(
  one: DecisionCase,
  accounts: CaseAccounts,
  { arn: KeyId }: CaseKey,
  root: KMS,
  service: TestService,
): Promise<void> {
  if (one.keyPolicy !== undefined) {
    const Policy = JSON.stringify(documentOf(one.keyPolicy, one.policyVersion));
    await root.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true });
  }
  const callersAccount = inCase(cast[one.principal].principal.accountId, accounts, {});
  for (const [at, statements] of (one.serviceControl ?? []).entries())
    await setControl(service, callersAccount, 'service', at, documentOf(statements));
  for (const [at, statements] of (one.resourceControl ?? []).entries())
    await setControl(service, accounts.own, 'resource', at, documentOf(statements));
}

async function setControl(
  service: TestService,
  accountId: string,
  type: 'service' | 'resource',
  at: number,
  document: object,
): Promise<void> {
  const name = `control-${at}`;
  await service.admin('control-policy-set', { accountId, type, name, document: JSON.stringify(document) });
}
