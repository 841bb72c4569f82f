import {
  CancelKeyDeletionCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  ScheduleKeyDeletionCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { constraintRefusal, membersOf, refusal, useKms } from './kms-under-test.ts';

const kms = useKms();

const describeKey = async (KeyId: string) =>
  (await kms.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;
const schedule = (KeyId: string, PendingWindowInDays?: number) =>
  kms.client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }));
const pendingDeletion = (arn: string) => refusal('KMSInvalidStateException', `${arn} is pending deletion.`);

describe('UpdateKeyDescription', () => {
  const update = (KeyId: string, Description: string | undefined) =>
    kms.client.send(new UpdateKeyDescriptionCommand({ KeyId, Description }));

  it('replaces the description and answers with an empty body', async () => {
    const { id, metadata } = await kms.createKey({ Description: 'old' });
    expect(membersOf(await update(id, 'new'))).toEqual({});
    expect(await describeKey(id)).toEqual({ ...metadata, Description: 'new' });
  });

  it('takes an empty description', async () => {
    const { id } = await kms.createKey({ Description: 'old' });
    await update(id, '');
    expect((await describeKey(id))?.Description).toBe('');
  });

  it('refuses a missing description with ValidationException', async () => {
    const { id } = await kms.createKey();
    expect(await refusalOf(update(id, undefined))).toEqual(
      constraintRefusal("Value null at 'description' failed to satisfy constraint: Member must not be null"),
    );
  });

  it('refuses a description of 8,193 characters with ValidationException and keeps the old one', async () => {
    const { id } = await kms.createKey({ Description: 'old' });
    const { name, message } = await refusalOf(update(id, 'x'.repeat(8193)));
    expect(name).toBe('ValidationException');
    expect(message).toMatch(
      / at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192$/,
    );
    expect((await describeKey(id))?.Description).toBe('old');
  });

  it('reports a missing key and a missing description in one ValidationException', async () => {
    const request = new UpdateKeyDescriptionCommand({ KeyId: undefined, Description: undefined });
    const { message } = await refusalOf(kms.client.send(request));
    const [count, errors = ''] = message.split(' detected: ');
    expect(count).toBe('2 validation errors');
    expect(errors.split('; ').sort()).toEqual([
      "Value null at 'description' failed to satisfy constraint: Member must not be null",
      "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ]);
  });
});

describe('EnableKey and DisableKey', () => {
  const enable = (KeyId: string) => kms.client.send(new EnableKeyCommand({ KeyId }));
  const disable = (KeyId: string) => kms.client.send(new DisableKeyCommand({ KeyId }));

  it('answer with an empty body, twice in a row as well', async () => {
    const { id } = await kms.createKey();
    for (const request of [disable, disable, enable, enable])
      expect(membersOf(await request(id))).toEqual({});
  });

  it('take a key out of use and back, its ciphertext still good', async () => {
    const { id: KeyId, arn } = await kms.createKey();
    const { CiphertextBlob } = await kms.client.send(
      new EncryptCommand({ KeyId, Plaintext: new Uint8Array([7]) }),
    );
    await disable(KeyId);
    expect(await refusalOf(kms.client.send(new DecryptCommand({ CiphertextBlob })))).toEqual(
      refusal('DisabledException', `${arn} is disabled.`),
    );
    await enable(KeyId);
    expect((await kms.client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext).toEqual(
      new Uint8Array([7]),
    );
  });

  it('refuse a key that is pending deletion with KMSInvalidStateException', async () => {
    const { id, arn } = await kms.createKeyInState('PendingDeletion');
    expect(await refusalOf(enable(id))).toEqual(pendingDeletion(arn));
    expect(await refusalOf(disable(id))).toEqual(pendingDeletion(arn));
  });
});

describe('ScheduleKeyDeletion', () => {
  it.each([
    [undefined, 30],
    [7, 7],
    [30, 30],
  ])('starts a waiting period of %s days: %i', async (days, expected) => {
    const { id, arn } = await kms.createKey();
    const before = Date.now();
    const reply = membersOf(await schedule(id, days));
    expect(reply).toEqual({
      KeyId: arn,
      DeletionDate: expect.any(Date) as Date,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: expected,
    });
    const waits = Number(reply.DeletionDate) - before;
    expect(waits).toBeGreaterThanOrEqual(expected * day * 1000);
    expect(waits).toBeLessThan(expected * day * 1000 + 60_000);
  });

  it.each([1, 6, 31, 365])('refuses a waiting period of %i days with ValidationException', async (days) => {
    const { id } = await kms.createKey();
    const text = 'PendingWindowInDays must be between 7 and 30 days, inclusive.';
    expect(await refusalOf(schedule(id, days))).toEqual(refusal('ValidationException', text));
    expect((await describeKey(id))?.KeyState).toBe('Enabled');
  });

  it.each([
    [0, 'greater than or equal to 1'],
    [366, 'less than or equal to 365'],
  ])(
    'refuses a waiting period of %i days, outside the shape, with ValidationException',
    async (days, bound) => {
      const { id } = await kms.createKey();
      expect(await refusalOf(schedule(id, days))).toEqual(
        constraintRefusal(
          `Value '${days}' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value ${bound}`,
        ),
      );
    },
  );

  it('refuses a second ScheduleKeyDeletion with KMSInvalidStateException and keeps the date', async () => {
    const { id, arn } = await kms.createKey();
    const { DeletionDate } = await schedule(id, 30);
    expect(await refusalOf(schedule(id, 7))).toEqual(pendingDeletion(arn));
    expect((await describeKey(id))?.DeletionDate).toEqual(DeletionDate);
  });
});

describe('CancelKeyDeletion', () => {
  const cancel = (KeyId: string) => kms.client.send(new CancelKeyDeletionCommand({ KeyId }));

  it('leaves the key Disabled, never Enabled, and answers its ARN', async () => {
    const { id, arn, metadata } = await kms.createKeyInState('PendingDeletion');
    expect(membersOf(await cancel(id))).toEqual({ KeyId: arn });
    expect(await describeKey(id)).toEqual({ ...metadata, Enabled: false, KeyState: 'Disabled' });
  });

  it.each(['Enabled', 'Disabled'] as const)(
    'refuses a key in state %s with KMSInvalidStateException',
    async (state) => {
      const { id, arn } = await kms.createKeyInState(state);
      const expected = refusal('KMSInvalidStateException', `${arn} is not pending deletion.`);
      expect(await refusalOf(cancel(id))).toEqual(expected);
      expect((await describeKey(id))?.KeyState).toBe(state);
    },
  );

  it('refuses a second CancelKeyDeletion with KMSInvalidStateException', async () => {
    const { id, arn } = await kms.createKeyInState('PendingDeletion');
    await cancel(id);
    const expected = refusal('KMSInvalidStateException', `${arn} is not pending deletion.`);
    expect(await refusalOf(cancel(id))).toEqual(expected);
  });

  it('makes room for a new waiting period', async () => {
    const { id } = await kms.createKeyInState('PendingDeletion');
    await cancel(id);
    expect(await schedule(id, 7)).toMatchObject({ KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
  });
});
