import {
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  type ListKeyRotationsCommandInput,
  type RotationsListEntry,
  RotateKeyOnDemandCommand,
  type IncludeKeyMaterial,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { constraintRefusal, invalidMarker, membersOf, refusal, useKms } from './kms-under-test.ts';

const kms = useKms();

const enable = (KeyId: string, RotationPeriodInDays?: number) =>
  kms.client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays }));
const disable = (KeyId: string) => kms.client.send(new DisableKeyRotationCommand({ KeyId }));
const rotate = (KeyId: string) => kms.client.send(new RotateKeyOnDemandCommand({ KeyId }));
const statusOf = async (KeyId: string) =>
  membersOf(await kms.client.send(new GetKeyRotationStatusCommand({ KeyId })));
const list = (input: ListKeyRotationsCommandInput) => kms.client.send(new ListKeyRotationsCommand(input));
const currentMaterial = async (KeyId: string) =>
  (await kms.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId;

describe('GetKeyRotationStatus', () => {
  it('answers KeyRotationEnabled false and the key ARN only, for rotation is off in a new key', async () => {
    const { id, arn } = await kms.createKey();
    expect(await statusOf(id)).toEqual({ KeyId: arn, KeyRotationEnabled: false });
  });

  it('adds the period and the next date while rotation is on', async () => {
    const { id, arn } = await kms.createKey();
    const before = Date.now();
    await enable(id, 90);
    const status = await statusOf(id);
    expect(status).toEqual({
      KeyId: arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
      NextRotationDate: expect.any(Date) as Date,
    });
    const waits = Number(status.NextRotationDate) - before;
    expect(waits).toBeGreaterThanOrEqual(90 * day * 1000);
    expect(waits).toBeLessThan(90 * day * 1000 + 60_000);
  });
});

describe('EnableKeyRotation and DisableKeyRotation', () => {
  it('answer with an empty body, twice in a row as well', async () => {
    const { id } = await kms.createKey();
    for (const request of [enable, enable, disable, disable])
      expect(membersOf(await request(id))).toEqual({});
  });

  it.each([
    [undefined, 365],
    [90, 90],
    [2560, 2560],
  ])('take a period of %s days: %i', async (days, expected) => {
    const { id } = await kms.createKey();
    await enable(id, days);
    expect((await statusOf(id)).RotationPeriodInDays).toBe(expected);
  });

  it.each([
    [89, 'greater than or equal to 90'],
    [2561, 'less than or equal to 2560'],
  ])('refuse a period of %i days with ValidationException', async (days, bound) => {
    const { id } = await kms.createKey();
    expect(await refusalOf(enable(id, days))).toEqual(
      constraintRefusal(
        `Value '${days}' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value ${bound}`,
      ),
    );
    expect((await statusOf(id)).KeyRotationEnabled).toBe(false);
  });

  it('change the period of a key that rotates already', async () => {
    const { id } = await kms.createKey();
    await enable(id, 365);
    await enable(id, 100);
    const { RotationPeriodInDays, NextRotationDate } = await statusOf(id);
    expect(RotationPeriodInDays).toBe(100);
    expect(Number(NextRotationDate)).toBeLessThan(Date.now() + 101 * day * 1000);
  });

  it('keep the next date when the period stays the same', async () => {
    const { id } = await kms.createKey();
    await enable(id, 100);
    const before = await statusOf(id);
    await kms.service.advance(day);
    await enable(id, 100);
    expect(await statusOf(id)).toEqual(before);
  });

  it('turn the status to off', async () => {
    const { id, arn } = await kms.createKey();
    await enable(id);
    await disable(id);
    expect(await statusOf(id)).toEqual({ KeyId: arn, KeyRotationEnabled: false });
  });

  it('refuse a disabled key with DisabledException', async () => {
    const { id, arn } = await kms.createKeyInState('Disabled');
    const expected = refusal('DisabledException', `${arn} is disabled.`);
    expect(await refusalOf(enable(id))).toEqual(expected);
    expect(await refusalOf(disable(id))).toEqual(expected);
  });
});

describe('RotateKeyOnDemand', () => {
  it('answers the key ARN; the key stays the same but for its current key material', async () => {
    const { id, arn, metadata } = await kms.createKey();
    expect(membersOf(await rotate(id))).toEqual({ KeyId: arn });
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId: id }));
    expect(KeyMetadata?.CurrentKeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
    expect(KeyMetadata?.CurrentKeyMaterialId).not.toBe(metadata.CurrentKeyMaterialId);
    expect({ ...KeyMetadata, CurrentKeyMaterialId: metadata.CurrentKeyMaterialId }).toEqual(metadata);
  });

  it('does not turn automatic rotation on, nor move its next date', async () => {
    const { id } = await kms.createKey();
    await rotate(id);
    expect((await statusOf(id)).KeyRotationEnabled).toBe(false);
    await enable(id, 90);
    const before = await statusOf(id);
    await rotate(id);
    expect(await statusOf(id)).toEqual(before);
  });

  it('refuses a 26th rotation of a key with LimitExceededException, for ever', async () => {
    const { id, arn } = await kms.createKey();
    for (let count = 0; count < 25; count++) await rotate(id);
    const last = await currentMaterial(id);
    const expected = refusal(
      'LimitExceededException',
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
    );
    expect(await refusalOf(rotate(id))).toEqual(expected);
    await kms.service.advance(400 * day);
    expect(await refusalOf(rotate(id))).toEqual(expected);
    expect(await currentMaterial(id)).toBe(last);
  });

  it('refuses a key whose automatic rotation is due within 20 minutes with ConflictException', async () => {
    const { id, arn } = await kms.createKey();
    await enable(id, 90);
    await kms.service.advance(90 * day - 20 * 60 - 30);
    await rotate(id);
    await kms.service.advance(60);
    const { name, message } = await refusalOf(rotate(id));
    expect(name).toBe('ConflictException');
    expect(message).toContain(arn);
    await kms.service.advance(20 * 60);
    await rotate(id);
  });

  it.each([
    ['Disabled', 'DisabledException', 'is disabled.'],
    ['PendingDeletion', 'KMSInvalidStateException', 'is pending deletion.'],
  ] as const)('refuses a key in state %s with %s', async (state, name, text) => {
    const { id, arn } = await kms.createKeyInState(state);
    expect(await refusalOf(rotate(id))).toEqual(refusal(name, `${arn} ${text}`));
  });
});

describe('ListKeyRotations', () => {
  async function rotatedKey(times: number) {
    const key = await kms.createKey();
    const materials = [key.metadata.CurrentKeyMaterialId];
    for (let count = 0; count < times; count++) {
      await rotate(key.id);
      materials.push(await currentMaterial(key.id));
    }
    return { ...key, materials };
  }

  it('lists nothing of a key that never rotated', async () => {
    const { id: KeyId } = await kms.createKey();
    expect(membersOf(await list({ KeyId }))).toEqual({ Rotations: [], Truncated: false });
  });

  it('lists completed rotations, oldest first, without the first key material', async () => {
    const { id: KeyId, materials } = await rotatedKey(2);
    const entry = (at: number, KeyMaterialState: string): RotationsListEntry =>
      ({
        KeyId,
        KeyMaterialId: materials[at],
        KeyMaterialState,
        RotationDate: expect.any(Date) as Date,
        RotationType: 'ON_DEMAND',
      }) as RotationsListEntry;
    const expected = { Rotations: [entry(1, 'NON_CURRENT'), entry(2, 'CURRENT')], Truncated: false };
    expect(membersOf(await list({ KeyId }))).toEqual(expected);
    expect(membersOf(await list({ KeyId, IncludeKeyMaterial: 'ROTATIONS_ONLY' }))).toEqual(expected);
  });

  it('adds the first key material, without date and type, with ALL_KEY_MATERIAL', async () => {
    const { id: KeyId, materials } = await rotatedKey(1);
    const { Rotations = [] } = await list({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
    expect(Rotations[0]).toEqual({ KeyId, KeyMaterialId: materials[0], KeyMaterialState: 'NON_CURRENT' });
    expect(Rotations.map(({ KeyMaterialId }) => KeyMaterialId)).toEqual(materials);
  });

  it('lists the one key material of a new key as CURRENT with ALL_KEY_MATERIAL', async () => {
    const { id: KeyId, metadata } = await kms.createKey();
    expect(membersOf(await list({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }))).toEqual({
      Rotations: [{ KeyId, KeyMaterialId: metadata.CurrentKeyMaterialId, KeyMaterialState: 'CURRENT' }],
      Truncated: false,
    });
  });

  it.each(['ROTATIONS_ONLY', 'ALL_KEY_MATERIAL'] as const)(
    'shows every entry once in pages of 1 to 4 with %s',
    async (IncludeKeyMaterial) => {
      const { id: KeyId, materials } = await rotatedKey(3);
      const expected = IncludeKeyMaterial === 'ALL_KEY_MATERIAL' ? materials : materials.slice(1);
      for (const Limit of [1, 2, 3, 4]) {
        const shown: (string | undefined)[] = [];
        let Marker: string | undefined;
        do {
          const page = await list({ KeyId, IncludeKeyMaterial, Limit, Marker });
          shown.push(...(page.Rotations ?? []).map(({ KeyMaterialId }) => KeyMaterialId));
          expect(page.Truncated).toBe(page.NextMarker !== undefined);
          Marker = page.NextMarker;
        } while (Marker !== undefined);
        expect(shown).toEqual(expected);
      }
    },
  );

  it('refuses a marker of the other mode and of another key with InvalidMarkerException', async () => {
    const [one, other] = await Promise.all([rotatedKey(2), rotatedKey(2)]);
    const { NextMarker: Marker } = await list({ KeyId: one.id, Limit: 1 });
    expect(await refusalOf(list({ KeyId: one.id, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Marker }))).toEqual(
      invalidMarker,
    );
    expect(await refusalOf(list({ KeyId: other.id, Marker }))).toEqual(invalidMarker);
    expect(await refusalOf(list({ KeyId: one.id, Marker: 'x' }))).toEqual(invalidMarker);
  });

  it('refuses a mode that is none with ValidationException', async () => {
    const { id: KeyId } = await kms.createKey();
    const IncludeKeyMaterial = 'EVERYTHING' as IncludeKeyMaterial;
    expect(await refusalOf(list({ KeyId, IncludeKeyMaterial }))).toEqual(
      constraintRefusal(
        "Value 'EVERYTHING' at 'includeKeyMaterial' failed to satisfy constraint: Member must satisfy enum value set: [ROTATIONS_ONLY, ALL_KEY_MATERIAL]",
      ),
    );
  });

  it('refuses the limit 0 with ValidationException', async () => {
    const { id: KeyId } = await kms.createKey();
    expect(await refusalOf(list({ KeyId, Limit: 0 }))).toEqual(
      constraintRefusal(
        "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    );
  });
});
