import { keyArn, other, own } from '../cast.ts';
import type { DecisionCase, PolicyText } from '../decision-case.ts';

/** Two accounts for each case, in the place of the two that the table speaks of. */
export interface CaseAccounts {
  readonly own: string;
  readonly other: string;
}

export const region = 'us-east-1';
export const assumer = 'assumer';

/** The key id that the table's key ARN ends with. */
const shownKeyId = keyArn.slice(keyArn.lastIndexOf('/') + 1);

export function accountsOf(index: number): CaseAccounts {
  const number = String(index).padStart(11, '0');
  return { own: `1${number}`, other: `2${number}` };
}

/** The value with what is true of this case in the place of what the table shows. */
export function inCase<T>(value: T, accounts: CaseAccounts, renamed: Readonly<Record<string, string>>): T {
  const names = { [own]: accounts.own, [other]: accounts.other, ...renamed };
  const text = Object.entries(names).reduce(
    (sofar, [shown, real]) => sofar.replaceAll(shown, real),
    JSON.stringify(value),
  );
  return JSON.parse(text) as T;
}

/** The case with its own accounts and its own key. */
export function ownCase(one: DecisionCase, accounts: CaseAccounts, keyId: string): DecisionCase {
  return inCase(one, accounts, { [shownKeyId]: keyId });
}

export function accessKeyOf(accountId: string, name: string): { id: string; secret: string } {
  return {
    id: `AKIA${accountId}${name.replaceAll(/\W/g, '_')}`,
    secret: `secret of ${name} in ${accountId}`,
  };
}

function seedKey(accountId: string, name: string) {
  const { id, secret } = accessKeyOf(accountId, name);
  return { accessKeyId: id, secretAccessKey: secret };
}

/** What the accounts have before there are principals in them: root users, who make the keys. */
export function rootsOnly({ own: first, other: second }: CaseAccounts): readonly object[] {
  return [first, second].map((id) => ({ id, rootAccessKeys: [seedKey(id, 'root')] }));
}

export const documentOf = (statements: PolicyText, version = '2012-10-17') => ({
  Version: version,
  Statement: statements,
});

/** The principals of both accounts; the caller of the case has its policies. */
export function principalsOf(one: DecisionCase, accounts: CaseAccounts): readonly object[] {
  const users = { alice: '/', bob: '/staff/' };
  const roles = { app: '/', deployer: '/ci/' };
  return [
    accountWith(one, accounts.own, users, roles),
    accountWith(one, accounts.other, { carol: '/' }, { partner: '/' }),
  ];
}

type Paths = Readonly<Record<string, string>>;

function accountWith(one: DecisionCase, id: string, users: Paths, roles: Paths): object {
  const isCaller = (name: string) => one.principal.split(' ')[0] === name;
  const parts = (name: string, path: string) => ({
    name,
    path,
    ...(tags[name] === undefined ? {} : { tags: { team: tags[name] } }),
    ...(isCaller(name) ? callersPolicies(one) : {}),
  });
  const services = { s3: 's3.amazonaws.com', logs: `logs.${region}.amazonaws.com` };
  return {
    id,
    rootAccessKeys: [seedKey(id, 'root')],
    policies: [
      ...(one.boundary === undefined ? [] : [{ name: 'boundary', document: documentOf(one.boundary) }]),
      ...(one.session ?? []).map((statements, at) => ({
        name: `session-${at}`,
        document: documentOf(statements),
      })),
    ],
    users: [
      ...Object.entries(users).map(([name, path]) => ({
        ...parts(name, path),
        accessKeys: [seedKey(id, name)],
      })),
      {
        name: assumer,
        inlinePolicies: {
          assume: documentOf([{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }]),
        },
        accessKeys: [seedKey(id, assumer)],
      },
    ],
    roles: Object.entries(roles).map(([name, path]) => ({
      ...parts(name, path),
      trustPolicy: documentOf([{ Effect: 'Allow', Principal: { AWS: id }, Action: 'sts:AssumeRole' }]),
    })),
    services: Object.entries(services).map(([name, full]) => ({
      name: full,
      accessKeys: [seedKey(id, name)],
    })),
  };
}

/** As `cast.ts` has them. */
const tags: Readonly<Record<string, string>> = { alice: 'blue', bob: 'red', app: 'blue', carol: 'blue' };

function callersPolicies(one: DecisionCase): object {
  const inline = (one.identity ?? []).map(
    (statements, at) => [`identity-${at}`, documentOf(statements, one.policyVersion)] as const,
  );
  return {
    inlinePolicies: Object.fromEntries(inline),
    ...(one.boundary === undefined ? {} : { boundary: 'boundary' }),
  };
}
