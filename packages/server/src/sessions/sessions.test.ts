import { DomainKey, Secret } from '@keyhaven/crypto';
import { describe, expect, it } from 'vitest';
import type { Credential } from '../authentication/index.ts';
import {
  accountId,
  openIdentities,
  roleArn,
  roleId,
  roleRow,
  userArn,
  userId,
} from '../identities/stored-identities.test-support.ts';
import { StoredRoles } from '../identities/stored-roles.ts';
import { identityHeadTable, roleTable } from '../storage/identity-tables.ts';
import { type Change, insert, remove, update } from '../storage/unit-of-work.ts';
import { joinCredentials } from './credentials.ts';
import type { NewSession } from './port.ts';
import { Sessions } from './sessions.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: userArn } },
});
const role = { ...roleRow, trust_policy: trust, trust_bindings: JSON.stringify({ [userArn]: userId }) };
const start: readonly Change[] = [
  insert(identityHeadTable, { account_id: accountId, changed_at: 1 }),
  insert(roleTable, role),
];
const wanted: NewSession = {
  sessionName: 'tonight',
  durationSeconds: 900,
  policies: [{ name: 'Policy', document: '{}' }],
  tags: new Map([['__proto__', 'x']]),
  transitiveTagKeys: ['__proto__'],
  sourceIdentity: 'ada',
  chainDepth: 2,
  minimumTokenCharacters: 0,
};
const newKey = (id: string) => ({ id, scope: 'identity', key: new DomainKey(Secret.random(32)) });

/** Sessions over a real store; the clock, the domain keys and whether the account is enabled are the test's. */
async function open(changes: readonly Change[] = start) {
  const identities = await openIdentities(changes);
  const roles = new StoredRoles(identities.storage);
  const state = { now: 1_000_000_000, enabled: true, keys: [newKey('first')] };
  const parts = {
    keyring: {
      get: () => state.keys[0] ?? newKey('none'),
      allOf: () => state.keys,
      isOpen: (id: string) => state.keys.some((key) => key.id === id),
    },
    roles,
    accounts: { isEnabled: () => state.enabled },
    clock: { now: () => state.now },
  };
  const sessions = new Sessions(parts);
  const commit = async (more: readonly Change[]) => {
    await identities.store(more);
    roles.forget(more);
  };
  const roleOf = async () => {
    const found = await roles.find(roleArn);
    if (found === undefined) throw new Error('there is no role');
    return found;
  };
  const issued = sessions.issue(await roleOf(), wanted, state.now);
  const find = () => sessions.find(issued.accessKeyId, issued.sessionToken);
  const again = () => new Sessions(parts).find(issued.accessKeyId, issued.sessionToken);
  return { ...identities, roles, sessions, state, commit, roleOf, issued, find, again };
}

async function rowOfRole({ rowOf }: Awaited<ReturnType<typeof open>>) {
  const [row] = await rowOf(roleTable);
  if (row === undefined) throw new Error('there is no role');
  return row;
}

const secretOf = (credential: Credential | undefined) => credential?.secret.use(String);

describe('A session', () => {
  it('is found with everything that it was made with, also by a service that was started again', async () => {
    const opened = await open();
    const { issued, state } = opened;
    for (const credential of [await opened.find(), await opened.again()]) {
      expect(secretOf(credential)).toBe(issued.secretAccessKey);
      expect(credential).toMatchObject({ accountId, isTemporary: true, status: 'Active' });
      expect(credential?.principal).toEqual({
        kind: 'assumed-role',
        accountId,
        arn: `arn:aws:sts::${accountId}:assumed-role/Deploy/tonight`,
        principalId: `${roleId}:tonight`,
        roleArn,
        roleId,
        roleName: 'Deploy',
        sessionName: 'tonight',
      });
      const { policies, tags, transitiveTagKeys, sourceIdentity, chainDepth } = wanted;
      expect(credential?.session).toEqual({
        policies,
        tags,
        transitiveTagKeys,
        sourceIdentity,
        chainDepth,
        issuedAt: state.now,
        expiresAt: state.now + 900_000,
      });
    }
  });

  it('is one Credential object for as long as nothing changes, and another for another token', async () => {
    const { find, sessions, roleOf, state } = await open();
    expect(await find()).toBe(await find());
    const other = sessions.issue(await roleOf(), wanted, state.now);
    expect(await sessions.find(other.accessKeyId, other.sessionToken)).not.toBe(await find());
  });

  it('asks no store once it is known', async () => {
    const { find } = await open();
    await find();
    expect(find()).not.toBeInstanceOf(Promise);
  });

  it('goes on under a new domain key for as long as the old one opens, and ends with it', async () => {
    const opened = await open();
    const known = await opened.find();
    const [first = newKey('none')] = opened.state.keys;
    opened.state.keys = [newKey('second'), first];
    expect(await opened.find()).toBe(known);
    expect(await opened.again()).toBeDefined();
    opened.state.keys = [newKey('second')];
    expect(await opened.find()).toBeUndefined();
    expect(await opened.again()).toBeUndefined();
  });

  it('goes on through a change of its role that leaves it what it is', async () => {
    const opened = await open();
    const known = await opened.find();
    await opened.commit([update(roleTable, await rowOfRole(opened), { description: 'other' })]);
    expect(await opened.find()).toBe(known);
  });

  it('zeroises its secret when the service closes', async () => {
    const { find, sessions } = await open();
    const credential = await find();
    sessions.dispose();
    expect(() => secretOf(credential)).toThrow(/disposed/);
  });
});

describe('A session is not found', () => {
  it('once its role is gone, nor when another one of its name is made', async () => {
    const opened = await open();
    await opened.find();
    await opened.commit([remove(roleTable, await rowOfRole(opened))]);
    expect(await opened.find()).toBeUndefined();
    await opened.commit([insert(roleTable, { ...role, role_id: `AROA${'N'.repeat(17)}` })]);
    expect(await opened.find()).toBeUndefined();
    expect(await opened.again()).toBeUndefined();
  });

  it('once its role revokes sessions that were made before, of which one made then is none', async () => {
    const opened = await open();
    const revoke = async (at: number) => {
      await opened.commit([update(roleTable, await rowOfRole(opened), { revoked_before: at })]);
    };
    await opened.find();
    await revoke(opened.state.now);
    expect(await opened.find()).toBeDefined();
    await revoke(opened.state.now + 1);
    expect(await opened.find()).toBeUndefined();
    const later = opened.sessions.issue(await opened.roleOf(), wanted, opened.state.now + 1);
    expect(await opened.sessions.find(later.accessKeyId, later.sessionToken)).toBeDefined();
  });

  it('while its account is disabled', async () => {
    const opened = await open();
    opened.state.enabled = false;
    expect(await opened.find()).toBeUndefined();
    opened.state.enabled = true;
    expect(await opened.find()).toBeDefined();
  });

  it('by another access key id, by none, or by another session’s token', async () => {
    const { sessions, issued, roleOf, state } = await open();
    const other = sessions.issue(await roleOf(), wanted, state.now);
    expect(await sessions.find(issued.accessKeyId, other.sessionToken)).toBeUndefined();
    expect(await sessions.find(issued.accessKeyId, undefined)).toBeUndefined();
    expect(await sessions.find('', issued.sessionToken)).toBeUndefined();
    expect(await sessions.find(issued.accessKeyId.toLowerCase(), issued.sessionToken)).toBeUndefined();
  });

  it('by a token of a later format', async () => {
    const { sessions, issued, state } = await open();
    const later = state.keys[0]?.key.sealSessionToken(Buffer.from([2, 0])) ?? '';
    expect(await sessions.find(issued.accessKeyId, later)).toBeUndefined();
  });
});

describe('A session that is over', () => {
  it('is refused with ExpiredTokenException from its last second on', async () => {
    const { find, state, issued } = await open();
    const credential = await find();
    state.now = issued.expiresAt - 1;
    expect(credential?.verifyToken?.(issued.sessionToken)).toBe(true);
    state.now = issued.expiresAt;
    expect(() => credential?.verifyToken?.(issued.sessionToken)).toThrow(
      'The security token included in the request is expired',
    );
  });
});

describe('Credentials of both kinds', () => {
  const find = (id: string) => (asked: string) => {
    throw new Error(`${id} was asked for ${asked}`);
  };

  it('are sessions only with a token, and an access key id of a session', () => {
    const joined = joinCredentials({ find: find('long term') }, { find: find('sessions') });
    expect(() => joined.find('ASIAX', 'token')).toThrow('sessions was asked for ASIAX');
    expect(() => joined.find('ASIAX', undefined)).toThrow('long term was asked for ASIAX');
    expect(() => joined.find('AKIAX', 'token')).toThrow('long term was asked for AKIAX');
  });
});
