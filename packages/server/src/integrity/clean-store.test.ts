import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyRotationCommand,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { day, type TestService } from '@keyhaven/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { defaultKeyPolicy } from '@keyhaven/policy';
import { examineStopped, fillStore } from './stopped-store.test-support.ts';

async function fillWithEverything(service: TestService): Promise<void> {
  for (const region of ['eu-west-2', 'us-east-1', 'cn-north-1']) {
    const kms = service.client({ region });
    for (let n = 0; n < 100; n++) {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: `key ${n}` }));
      const KeyId = KeyMetadata?.KeyId ?? '';
      if (n % 3 === 0)
        await kms.send(new CreateAliasCommand({ AliasName: `alias/key-${n}`, TargetKeyId: KeyId }));
      if (n % 4 === 0)
        await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'Schlüssel', TagValue: String(n) }] }));
      if (n % 5 === 0) await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
      if (n % 6 === 0) await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
      if (n % 7 === 0)
        await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: defaultKeyPolicy('000000000000').replace('Sid', 'Sid') }));
      if (n % 8 === 0) await kms.send(new DisableKeyCommand({ KeyId }));
      if (n % 10 === 0) await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    }
  }
  await service.advance(100 * day);
}

it('finds nothing in a store of three hundred keys with rotations, destroyed keys and several Regions', async () => {
  const store = await fillStore(fillWithEverything);
  onTestFinished(() => {
    store.remove();
  });
  const report = await examineStopped(store.dataDir);
  expect(report.findings).toEqual([]);
  console.log(report);
});
