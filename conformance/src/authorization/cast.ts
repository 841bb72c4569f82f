import type { RequestPrincipal } from '@keyhaven/policy';

/** The account of the test's key. */
export const own = '111122223333';
export const other = '444455556666';

/** What stands for the test's key in policies and inputs. */
export const keyArn = `arn:aws:kms:us-east-1:${own}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
export const aliasArn = `arn:aws:kms:us-east-1:${own}:alias/test`;

/** Principals as policies name them. */
export const arns = {
  root: `arn:aws:iam::${own}:root`,
  alice: `arn:aws:iam::${own}:user/alice`,
  bob: `arn:aws:iam::${own}:user/staff/bob`,
  app: `arn:aws:iam::${own}:role/app`,
  appOne: `arn:aws:sts::${own}:assumed-role/app/one`,
  appTwo: `arn:aws:sts::${own}:assumed-role/app/two`,
  deployer: `arn:aws:iam::${own}:role/ci/deployer`,
  otherRoot: `arn:aws:iam::${other}:root`,
  carol: `arn:aws:iam::${other}:user/carol`,
  partner: `arn:aws:iam::${other}:role/partner`,
} as const;

export const ids = { alice: 'AIDAIOSFODNN7ALICE001', app: 'AROAIOSFODNN7APPROLE1' } as const;

interface Member {
  readonly principal: RequestPrincipal;
  readonly tags: Readonly<Record<string, string>>;
}

const noTags = {};

/** Who the cases let ask. Users and roles have the tags here; a service has none, and no account of its own. */
export const cast = {
  root: { principal: root(own), tags: noTags },
  alice: { principal: user(own, '/', 'alice', ids.alice), tags: { team: 'blue' } },
  bob: { principal: user(own, '/staff/', 'bob', 'AIDAIOSFODNN7BOB00001'), tags: { team: 'red' } },
  'app one': { principal: session(own, '/', 'app', 'one', ids.app), tags: { team: 'blue' } },
  'app two': { principal: session(own, '/', 'app', 'two', ids.app), tags: { team: 'blue' } },
  deployer: {
    principal: session(own, '/ci/', 'deployer', 'build', 'AROAIOSFODNN7DEPLOY01'),
    tags: noTags,
  },
  'other root': { principal: root(other), tags: noTags },
  carol: { principal: user(other, '/', 'carol', 'AIDAIOSFODNN7CAROL001'), tags: { team: 'blue' } },
  partner: { principal: session(other, '/', 'partner', 'visit', 'AROAIOSFODNN7PARTNER1'), tags: noTags },
  s3: { principal: service('s3.amazonaws.com'), tags: noTags },
  logs: { principal: service('logs.us-east-1.amazonaws.com'), tags: noTags },
} as const satisfies Record<string, Member>;

export type CastName = keyof typeof cast;

function root(accountId: string): RequestPrincipal {
  return { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root`, principalId: accountId };
}

function user(accountId: string, path: string, userName: string, principalId: string): RequestPrincipal {
  const arn = `arn:aws:iam::${accountId}:user${path}${userName}`;
  return { kind: 'user', accountId, arn, principalId, userName };
}

function session(
  accountId: string,
  path: string,
  roleName: string,
  sessionName: string,
  roleId: string,
): RequestPrincipal {
  return {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
    principalId: `${roleId}:${sessionName}`,
    roleArn: `arn:aws:iam::${accountId}:role${path}${roleName}`,
    roleId,
    roleName,
    sessionName,
  };
}

function service(serviceName: string): RequestPrincipal {
  return { kind: 'service', accountId: own, serviceName, arn: serviceName, principalId: serviceName };
}
