import { describe, expect, it } from 'vitest';
import { rootPrincipal, type Principal } from '../authentication/principal.ts';
import type { CallerIdentity } from '../identities/port.ts';
import type { Permission } from './permission.ts';
import {
  accountId,
  alice,
  allowAll,
  ask,
  control,
  deniesAll,
  denyAll,
  identityOf,
  keyUnder,
  letsIn,
  mayAll,
  mayNothing,
  onKey,
  policy,
  refusal,
  service,
  session,
  withResourceControl,
} from './questions.test-support.ts';

const { arn } = keyUnder(letsIn.account);
const start = (who: Principal) =>
  `User: ${who.arn} is not authorized to perform: kms:Encrypt on resource: ${arn} `;

describe('A refusal on a key names the kind of policy', () => {
  it.each<[string, Principal, CallerIdentity | undefined, object, string]>([
    [
      'that lets nobody in',
      alice,
      identityOf({ identity: [mayAll] }),
      letsIn.nobody,
      'because no resource-based policy allows the kms:Encrypt action',
    ],
    [
      'that the account delegates to',
      alice,
      identityOf({ identity: [mayNothing] }),
      letsIn.account,
      'because no identity-based policy allows the kms:Encrypt action',
    ],
    [
      'of the boundary',
      alice,
      identityOf({ identity: [mayAll], boundary: mayNothing }),
      letsIn.account,
      'because no permissions boundary allows the kms:Encrypt action',
    ],
    [
      'of the session',
      session,
      identityOf({ identity: [mayAll], session: [mayNothing] }),
      letsIn.role,
      'because no session policy allows the kms:Encrypt action',
    ],
    [
      'of the organization',
      alice,
      identityOf({ identity: [mayAll], serviceControl: control({ ...allowAll, Action: 'kms:List*' }) }),
      letsIn.account,
      'because no service control policy allows the kms:Encrypt action',
    ],
    [
      'of the organization about resources',
      alice,
      withResourceControl({ ...allowAll, Action: 'kms:List*' }),
      letsIn.account,
      'because no resource control policy allows the kms:Encrypt action',
    ],
    [
      'that denies as an identity policy',
      alice,
      identityOf({ identity: [deniesAll] }),
      letsIn.alice,
      'with an explicit deny in an identity-based policy',
    ],
    [
      'that denies as the key policy',
      alice,
      identityOf({ identity: [mayAll] }),
      { ...denyAll, Principal: '*' },
      'with an explicit deny in a resource-based policy',
    ],
    [
      'that denies as a boundary',
      alice,
      identityOf({ boundary: deniesAll }),
      letsIn.alice,
      'with an explicit deny in a permissions boundary',
    ],
    [
      'that denies as a session policy',
      session,
      identityOf({ session: [deniesAll] }),
      letsIn.role,
      'with an explicit deny in a session policy',
    ],
    [
      'that denies as a service control policy',
      alice,
      identityOf({ serviceControl: control(denyAll) }),
      letsIn.alice,
      'with an explicit deny in a service control policy',
    ],
    [
      'that denies as a resource control policy',
      alice,
      withResourceControl(denyAll),
      letsIn.alice,
      'with an explicit deny in a resource control policy',
    ],
  ])('%s', async (_, principal, identity, statement, reason) => {
    const asked = { principal, permission: onKey(keyUnder(statement)), ...(identity && { identity }) };
    expect(await refusal(asked)).toBe(start(principal) + reason);
  });
});

describe('A refusal of what only IAM governs', () => {
  const create: Permission = { kind: 'account', action: 'kms:CreateKey', resourceArn: '*', accountId };

  it('names the resource', async () => {
    expect(await refusal({ permission: create })).toBe(
      `User: ${alice.arn} is not authorized to perform: kms:CreateKey on resource: * because no identity-based ` +
        'policy allows the kms:CreateKey action',
    );
  });

  it('names none for the tags of a new key', async () => {
    const tag: Permission = { ...create, action: 'kms:TagResource', resourceArn: undefined };
    expect(await refusal({ permission: tag })).toBe(
      `User: ${alice.arn} is not authorized to perform: kms:TagResource because no identity-based policy allows the ` +
        'kms:TagResource action',
    );
    const allKeys = { ...allowAll, Resource: `arn:aws:kms:*:${accountId}:key/*` };
    const identity = identityOf({ identity: [policy('tags', 'identity', allKeys)] });
    expect((await ask({ identity, permission: tag })).decidedBy).toBe(
      'identity-based policy tags#Statement[0]',
    );
  });

  it('is what a service hears, whatever there is', async () => {
    const identity = identityOf({ identity: [mayAll] });
    expect(await refusal({ principal: service, identity, permission: create })).toMatch(
      /no identity-based policy/,
    );
  });
});

describe('The record says what let the caller in:', () => {
  it.each<[string, Principal, object, string | undefined]>([
    ['the statement that names it', alice, letsIn.alice, 'alice'],
    [
      'the delegation and the policy',
      alice,
      letsIn.account,
      'delegation, identity-based policy may-all#Statement[0]',
    ],
    ['the statement alone for the root user', rootPrincipal(accountId), letsIn.account, 'delegation'],
    ['the place of a statement without Sid', alice, { ...letsIn.alice, Sid: undefined }, 'Statement[0]'],
  ])('%s', async (_, principal, statement, decidedBy) => {
    const identity = identityOf({ identity: principal.kind === 'root' ? [] : [mayAll] });
    const authorization = await ask({ principal, identity, permission: onKey(keyUnder(statement)) });
    expect(authorization).toEqual({ decidedBy, expect: [] });
  });

  it('nothing for a root user, where only IAM decides', async () => {
    const permission: Permission = { kind: 'account', action: 'kms:ListKeys', resourceArn: '*', accountId };
    expect((await ask({ principal: rootPrincipal(accountId), permission })).decidedBy).toBeUndefined();
  });
});
