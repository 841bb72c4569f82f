import {
  CreateAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { membersOf, refusal } from '../kms/kms-under-test.ts';
import { type KeyKind, keyKinds } from './key-kinds.ts';
import { useKeys } from './keys-under-test.ts';

const keys = useKeys();
const quick = keyKinds.filter(({ KeySpec }) => KeySpec !== 'RSA_3072' && KeySpec !== 'RSA_4096');
const withoutRotation = quick.filter(({ KeySpec }) => KeySpec !== 'SYMMETRIC_DEFAULT');

describe.each(withoutRotation)('the rotation of a key of $KeySpec for $KeyUsage', ({ KeySpec, KeyUsage }) => {
  const rotations = [
    (KeyId: string) => keys.client.send(new EnableKeyRotationCommand({ KeyId })),
    (KeyId: string) => keys.client.send(new DisableKeyRotationCommand({ KeyId })),
    (KeyId: string) => keys.client.send(new RotateKeyOnDemandCommand({ KeyId })),
    (KeyId: string) => keys.client.send(new ListKeyRotationsCommand({ KeyId })),
  ];
  const unsupported = refusal('UnsupportedOperationException', '');

  it('is refused with UnsupportedOperationException, in every state', async () => {
    const { id } = await keys.newKey(KeySpec, KeyUsage);
    const refuseAll = async () => {
      for (const rotate of rotations) expect(await refusalOf(rotate(id))).toEqual(unsupported);
    };
    await refuseAll();
    await keys.client.send(new DisableKeyCommand({ KeyId: id }));
    await refuseAll();
    await keys.client.send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    await refuseAll();
  });

  it('is reported as off', async () => {
    const { id: KeyId, arn } = await keys.key(KeySpec, KeyUsage);
    const status = await keys.client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(membersOf(status)).toEqual({ KeyId: arn, KeyRotationEnabled: false });
  });
});

describe('UpdateAlias', () => {
  const typeOf = ({ KeySpec }: KeyKind) =>
    KeySpec === 'SYMMETRIC_DEFAULT' ? 'symmetric' : KeySpec.startsWith('HMAC') ? 'HMAC' : 'asymmetric';
  const isAlike = (one: KeyKind, other: KeyKind) =>
    typeOf(one) === typeOf(other) && one.KeyUsage === other.KeyUsage;
  const pairs = quick.flatMap((from) => quick.map((to) => ({ from, to })));
  let names = 0;

  const move = async (from: KeyKind, to: KeyKind) => {
    const [old, next] = await Promise.all([
      keys.key(from.KeySpec, from.KeyUsage),
      keys.key(to.KeySpec, to.KeyUsage, 'next'),
    ]);
    const AliasName = `alias/moved-${++names}`;
    await keys.client.send(new CreateAliasCommand({ AliasName, TargetKeyId: old.id }));
    const update = keys.client.send(new UpdateAliasCommand({ AliasName, TargetKeyId: next.id }));
    const target = async () =>
      (await keys.client.send(new DescribeKeyCommand({ KeyId: AliasName }))).KeyMetadata?.KeyId;
    return { update, target, old, next };
  };

  it.each(pairs.filter(({ from, to }) => isAlike(from, to)))(
    'moves an alias from $from.KeySpec for $from.KeyUsage to $to.KeySpec for $to.KeyUsage',
    async ({ from, to }) => {
      const { update, target, next } = await move(from, to);
      await update;
      expect(await target()).toBe(next.id);
    },
  );

  it.each(pairs.filter(({ from, to }) => !isAlike(from, to)))(
    'refuses to move an alias from $from.KeySpec for $from.KeyUsage to $to.KeySpec for $to.KeyUsage',
    async ({ from, to }) => {
      const { update, target, old } = await move(from, to);
      expect(await refusalOf(update)).toEqual(
        refusal(
          'ValidationException',
          'The current and new KMS key must be the same type (both symmetric or both asymmetric or both HMAC), and they must have the same key usage.',
        ),
      );
      expect(await target()).toBe(old.id);
    },
  );
});
