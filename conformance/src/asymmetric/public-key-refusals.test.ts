import {
  CreateKeyCommand,
  DisableKeyCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { keyKinds } from './key-kinds.ts';
import { useKeys } from './keys-under-test.ts';

const keys = useKeys();
const refused = (KeyId: string) => refusalOf(keys.client.send(new GetPublicKeyCommand({ KeyId })));

const withoutPublicKey: readonly (readonly [KeySpec, KeyUsageType])[] = keyKinds
  .filter(({ KeySpec }) => KeySpec === 'SYMMETRIC_DEFAULT' || KeySpec.startsWith('HMAC'))
  .map(({ KeySpec, KeyUsage }) => [KeySpec, KeyUsage]);
const unsupported = refusal('UnsupportedOperationException', '');

describe.each(withoutPublicKey)('GetPublicKey of a key of %s for %s', (spec, usage) => {
  it('is refused with UnsupportedOperationException', async () => {
    const { id, arn } = await keys.key(spec, usage);
    expect(await refused(id)).toEqual(unsupported);
    expect(await refused(arn)).toEqual(unsupported);
  });

  it('is refused so whatever the state of the key is', async () => {
    const { id: KeyId } = await keys.newKey(spec, usage);
    await keys.client.send(new DisableKeyCommand({ KeyId }));
    expect(await refused(KeyId)).toEqual(unsupported);
    await keys.client.send(new ScheduleKeyDeletionCommand({ KeyId }));
    expect(await refused(KeyId)).toEqual(unsupported);
    const command = new CreateKeyCommand({ KeySpec: spec, KeyUsage: usage, Origin: 'EXTERNAL' });
    const { KeyMetadata } = await keys.client.send(command);
    expect(await refused(KeyMetadata?.KeyId ?? '')).toEqual(unsupported);
  });
});
