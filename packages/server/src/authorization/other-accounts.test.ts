import { describe, expect, it } from 'vitest';
import type { KmsKey } from '../keys/kms-key.ts';
import { Authorizer } from './authorizer.ts';
import type { Permission } from './permission.ts';
import {
  alice,
  allowAll,
  ask,
  type Asked,
  control,
  deniesAll,
  denyAll,
  identityOf,
  keyUnder,
  letsIn,
  mayAll,
  noControls,
  onKey,
  otherAccountId,
  question,
  refusal,
  requestOf,
  withResourceControl,
} from './questions.test-support.ts';

describe('A key of another account', () => {
  const foreign = (statement: object) => keyUnder(statement, otherAccountId);
  const named = `arn:aws:kms:eu-west-2:${otherAccountId}:alias/theirs`;
  const asAbsent =
    `User: ${alice.arn} is not authorized to perform: kms:Encrypt on resource: ${named} because no ` +
    'resource-based policy allows the kms:Encrypt action';
  const onNamed = (key: KmsKey): Permission => ({ kind: 'key', action: 'kms:Encrypt', key, named });

  it('needs both accounts', async () => {
    const identity = identityOf({ identity: [mayAll] });
    const { decidedBy } = await ask({ identity, permission: onNamed(foreign(letsIn.account)) });
    expect(decidedBy).toBe('delegation, identity-based policy may-all#Statement[0]');
    expect(await refusal({ permission: onNamed(foreign(letsIn.account)) })).toBe(
      `User: ${alice.arn} is not authorized to perform: kms:Encrypt on resource: ${named} because no ` +
        'identity-based policy allows the kms:Encrypt action',
    );
  });

  it.each<[string, Asked]>([
    ['says nothing', { permission: onNamed(foreign(letsIn.nobody)) }],
    ['denies', { permission: onNamed(foreign([letsIn.account, { ...denyAll, Principal: '*' }])) }],
    [
      'says nothing, and the caller denies itself',
      { identity: identityOf({ identity: [deniesAll] }), permission: onNamed(foreign(letsIn.nobody)) },
    ],
    [
      'says nothing, and the organization denies',
      {
        identity: identityOf({ serviceControl: control(denyAll) }),
        permission: onNamed(foreign(letsIn.nobody)),
      },
    ],
  ])('whose policy %s sounds as if it were not there', async (_, asked) => {
    expect(await refusal(asked)).toBe(asAbsent);
  });

  it('is subject to the resource control policies of its own account alone', async () => {
    const controls = {
      ...noControls,
      resourceControl: control({ ...denyAll, Principal: '*' }),
    };
    const authorizer = new Authorizer({ controlsOf: () => controls }, { forCaller: () => [] });
    const request = requestOf(alice, withResourceControl(allowAll));
    const theirs = await authorizer.decide(question(request, onKey(foreign(letsIn.alice))));
    expect(theirs).toMatchObject({ effect: 'ExplicitDeny', kind: 'resource control policy' });
    const ours = await authorizer.decide(question(request, onKey(keyUnder(letsIn.alice))));
    expect(ours.effect).toBe('Allow');
  });
});

describe('A key that the ciphertext names alone', () => {
  it('is refused with the one text, also where something denies', async () => {
    for (const statement of [letsIn.nobody, { ...denyAll, Principal: '*' }]) {
      const permission: Permission = {
        kind: 'key',
        action: 'kms:Decrypt',
        key: keyUnder(statement),
        concealed: true,
      };
      expect(await refusal({ permission })).toMatch(/^The ciphertext refers to a customer master key/);
    }
  });
});
