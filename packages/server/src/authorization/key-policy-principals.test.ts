import { AwsError } from '@keyhaven/api-model';
import { evaluatePolicy, noConditionValues } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../authentication/principal.ts';
import type { FoundPrincipal, Identities } from '../identities/port.ts';
import { readBindings } from '../keys/policy-bindings.ts';
import { PolicyInterner, type StoredPolicy } from '../keys/policy-interner.ts';
import { checkKeyPolicy } from './check-key-policy.ts';
import { accountId, alice, allowAll, keyUnder, letsIn, session } from './questions.test-support.ts';
import { renderKeyPolicy } from './render-key-policy.ts';

const roleArn = `arn:aws:iam::${accountId}:role/ops/Admin`;
const rootArn = `arn:aws:iam::${accountId}:root`;

const found = (kind: FoundPrincipal['kind'], arn: string, uniqueId?: string): FoundPrincipal => ({
  kind,
  accountId,
  arn,
  uniqueId,
});

const everyone: readonly FoundPrincipal[] = [
  found('account', accountId),
  found('user', alice.arn, alice.principalId),
  found('user', alice.principalId, alice.principalId),
  found('role', roleArn, 'AROAADMINADMINADMIN1'),
  found('assumed-role', session.arn, 'AROAADMINADMINADMIN1'),
];

const knows = (...principals: readonly FoundPrincipal[]): Pick<Identities, 'find'> => ({
  find: (name) => Promise.resolve(principals.find(({ arn }) => arn === name)),
});

const textOf = (...AWS: readonly string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { ...allowAll, Principal: { AWS } } });

const check = (text: string, ...principals: readonly FoundPrincipal[]) =>
  Promise.resolve(checkKeyPolicy(text, knows(...principals), undefined));

function lets(policy: StoredPolicy, principal: Principal): boolean {
  const { arn: resource } = keyUnder(letsIn.nobody);
  const request = { principal, action: 'kms:Encrypt', resource, conditions: noConditionValues };
  return evaluatePolicy(new PolicyInterner().get(policy), request).effect === 'Allow';
}

describe('A key policy is stored', () => {
  it('with who its users, roles and sessions are', async () => {
    const policy = await check(textOf(alice.arn, roleArn, session.arn, accountId), ...everyone);
    expect(readBindings(policy.bindings)).toEqual(
      new Map([
        [alice.arn, alice.principalId],
        [roleArn, 'AROAADMINADMINADMIN1'],
        [session.arn, 'AROAADMINADMINADMIN1:build'],
      ]),
    );
  });

  it('with nobody, where it names accounts, unique ids and services alone', async () => {
    const text = JSON.stringify({
      Statement: {
        ...allowAll,
        Principal: { AWS: [rootArn, alice.principalId], Service: 's3.amazonaws.com' },
      },
    });
    expect((await check(text, ...everyone)).bindings).toBeNull();
  });

  it('not at all, where a unique id is nobody any more', async () => {
    const refused = await check(textOf(alice.principalId), found('account', accountId)).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(AwsError);
    expect(refused).toMatchObject({
      code: 'MalformedPolicyDocumentException',
      text: 'Policy contains a statement with one or more invalid principals.',
    });
  });
});

describe('Whoever is made anew under a name', () => {
  const another: Principal = { ...alice, principalId: 'AIDAALICEALICEALICE2' };

  it('does not inherit what a key policy gave to the one before', async () => {
    const policy = await check(textOf(alice.arn), ...everyone);
    expect([lets(policy, alice), lets(policy, another)]).toEqual([true, false]);
  });

  it('has a policy of the same text to itself', async () => {
    const interner = new PolicyInterner();
    const before = await check(textOf(alice.arn), ...everyone);
    const after = await check(textOf(alice.arn), found('user', alice.arn, 'AIDAALICEALICEALICE2'));
    expect(after.document).toBe(before.document);
    expect(interner.get(after)).not.toBe(interner.get(before));
    expect([lets(after, alice), lets(after, another)]).toEqual([false, true]);
  });
});

describe('A key policy is shown', () => {
  const shown = async (policy: StoredPolicy, ...principals: readonly FoundPrincipal[]) => {
    const text = await renderKeyPolicy(policy, knows(...principals));
    const { Statement } = JSON.parse(text) as { readonly Statement: { readonly Principal: unknown } };
    return Statement.Principal;
  };

  it('as it was put, while its principals are who they were', async () => {
    const policy = await check(textOf(alice.arn, roleArn), ...everyone);
    expect(await renderKeyPolicy(policy, knows(...everyone))).toBe(policy.document);
  });

  it('with the unique id of whoever is gone, and of whoever has a successor', async () => {
    const policy = await check(textOf(alice.arn, roleArn, rootArn), ...everyone);
    const successor = found('role', roleArn, 'AROAADMINADMINADMIN2');
    expect(await shown(policy, successor)).toEqual({
      AWS: [alice.principalId, 'AROAADMINADMINADMIN1', rootArn],
    });
  });
});
