import { AwsError } from '@keyhaven/api-model';
import { compilePolicy, type NamedPolicy, noPolicies, parsePolicyDocument } from '@keyhaven/policy';
import type { Caller, SessionFacts } from '../authentication/caller.ts';
import { rootPrincipal, type Principal } from '../authentication/principal.ts';
import { noTokens, type StoredGrant } from '../grants/port.ts';
import type { CallerIdentity } from '../identities/port.ts';
import { symmetricDefault } from '../keys/key-specs.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import type { RequestFacts } from './conditions/condition-row.ts';
import { type Authorization, Authorizer, type Question } from './authorizer.ts';
import type { Permission } from './permission.ts';

export const accountId = '111122223333';
export const otherAccountId = '444455556666';
export const now = Date.UTC(2026, 4, 1, 12);

export const alice: Principal = {
  kind: 'user',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/staff/alice`,
  principalId: 'AIDAALICEALICEALICE1',
  userName: 'alice',
};

export const session: Principal = {
  kind: 'assumed-role',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/Admin/build`,
  principalId: 'AROAADMINADMINADMIN1:build',
  roleArn: `arn:aws:iam::${accountId}:role/ops/Admin`,
  roleId: 'AROAADMINADMINADMIN1',
  roleName: 'Admin',
  sessionName: 'build',
};

export const service: Principal = {
  kind: 'service',
  accountId,
  serviceName: 's3.amazonaws.com',
  arn: 's3.amazonaws.com',
  principalId: 's3.amazonaws.com',
};

export const sessionFacts: SessionFacts = {
  policies: [],
  tags: new Map(),
  chainDepth: 0,
  transitiveTagKeys: [],
  sourceIdentity: undefined,
  issuedAt: now - 60_000,
  expiresAt: now + 60_000,
};

export function callerOf(principal: Principal, more: Partial<Caller> = {}): Caller {
  return {
    principal,
    accountId: principal.accountId,
    accessKeyId: 'AKIAEXAMPLE',
    region: 'eu-west-2',
    session: principal.kind === 'assumed-role' ? sessionFacts : undefined,
    service: undefined,
    ...more,
  };
}

/** A policy of one statement, or of several. */
export function policy(name: string, kind: 'key' | 'identity' | 'control', statement: unknown): NamedPolicy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  return { name, policy: compilePolicy(parsePolicyDocument(text, kind)) };
}

export const allowAll = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };
export const denyAll = { ...allowAll, Effect: 'Deny' };

export const identityOf = (policies: Partial<CallerIdentity['policies']> = {}): CallerIdentity => ({
  policies: { ...noPolicies, ...policies },
  tags: new Map(),
  resourceControl: undefined,
  expect: [{ table: 'identity_head', key: [accountId], version: 3 }],
});

/** What seals a row, which decides nothing here. */
export const protection = { domain_key_id: 'd1', mac: new Uint8Array() };

export function keyUnder(statement: unknown, owner = accountId): KmsKey {
  const region = 'eu-west-2';
  const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab';
  const own = { account_id: owner, region, key_id: keyId };
  return {
    row: {
      ...own,
      description: '',
      key_spec: 'SYMMETRIC_DEFAULT',
      key_usage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      key_manager: 'CUSTOMER',
      multi_region: 0,
      state: 'Enabled',
      created_at: now,
      deletion_at: null,
      current_material_id: 'm1',
      rotation_enabled: 0,
      rotation_period_days: 365,
      next_rotation_at: null,
      on_demand_rotations: 0,
      primary_region: null,
      next_state: null,
      pending_window_days: null,
      version: 7,
      ...protection,
    },
    arn: `arn:aws:kms:${region}:${owner}:key/${keyId}`,
    spec: symmetricDefault(),
    policyRow: { ...own, document: '', bindings: null, version: 1, ...protection },
    policy: policy('default', 'key', statement).policy,
    materials: [],
    current: undefined,
    expiresAt: Infinity,
    aliases: [],
    tags: [],
  };
}

/** Key policies that let in the account, alice herself, the role, everybody; and nobody. */
export const letsIn = {
  account: { ...allowAll, Sid: 'delegation', Principal: { AWS: rootPrincipal(accountId).arn } },
  alice: { ...allowAll, Sid: 'alice', Principal: { AWS: alice.arn } },
  role: { ...allowAll, Sid: 'role', Principal: { AWS: `arn:aws:iam::${accountId}:role/ops/Admin` } },
  nobody: { Effect: 'Allow', Principal: '*', Resource: '*' },
};

export const requestOf = (
  principal: Principal,
  identity: CallerIdentity = identityOf(),
  more: Partial<RequestFacts> = {},
): RequestFacts => ({
  caller: callerOf(principal),
  identity,
  input: {},
  wire: { sourceIp: '192.0.2.1', isSecure: false, rawHeaders: ['User-Agent', 'aws-cli/2'] },
  recipient: undefined,
  receivedAt: now,
  ...more,
});

export const onKey = (key: KmsKey, action = 'kms:Encrypt'): Permission => ({ kind: 'key', action, key });

export const question = (request: RequestFacts, permission: Permission, fresh = false): Question => ({
  request,
  permission,
  tokens: noTokens,
  fresh,
});

export const noControls = {
  resourceControl: undefined,
  expect: [{ table: 'identity_head', key: ['o'], version: 1 }],
};

export function authorizerWith(grants: readonly StoredGrant[] = [], controls = noControls): Authorizer {
  return new Authorizer({ controlsOf: () => controls }, { forCaller: () => grants });
}

export interface Asked {
  readonly principal?: Principal;
  readonly identity?: CallerIdentity;
  readonly permission: Permission;
  readonly grants?: readonly StoredGrant[];
  readonly fresh?: boolean;
}

export async function ask({
  principal = alice,
  identity,
  permission,
  grants,
  fresh,
}: Asked): Promise<Authorization> {
  return authorizerWith(grants).authorize(question(requestOf(principal, identity), permission, fresh));
}

/** The text of the refusal; throws where there was none. */
export async function refusal(asked: Asked): Promise<string | undefined> {
  const outcome = await ask(asked).catch((error: unknown) => error);
  if (!(outcome instanceof AwsError)) throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  if (outcome.code !== 'AccessDeniedException') throw outcome;
  return outcome.text;
}

export const mayAll = policy('may-all', 'identity', allowAll);
export const mayNothing = policy('may-nothing', 'identity', { ...allowAll, Action: 'kms:ListKeys' });
export const deniesAll = policy('denies-all', 'identity', denyAll);
export const control = (statement: object) => [policy('guard', 'control', statement)];
export const withResourceControl = (statement: object): CallerIdentity => ({
  ...identityOf({ identity: [mayAll] }),
  resourceControl: control({ ...statement, Principal: '*' }),
});
