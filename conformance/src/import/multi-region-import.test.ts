import { randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  EncryptCommand,
  GenerateMacCommand,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { arnIn, home, second, type TestRegion, third, useThreeRegions } from '../multi-region/regions.ts';
import { asExisting, asNew, getParameters, importMaterial, sendMaterial } from './importing.ts';

const kms = useThreeRegions();
const incorrectMaterial = { name: 'IncorrectKeyMaterialException', status: 400 };

const inRegion = (region: TestRegion, keyId: string, material: Buffer, input = {}) =>
  importMaterial(kms.in(region), keyId, material, { ...asExisting, ...input });

/** A primary with imported key material, and replicas that pend import. */
async function furnish(...replicas: readonly TestRegion[]) {
  const keyId = await kms.createPrimary({ Origin: 'EXTERNAL' });
  const material = randomBytes(32);
  const materialId = await importMaterial(kms.in(home), keyId, material);
  for (const region of replicas) await kms.replicate(keyId, region);
  await kms.settle();
  return { keyId, material, materialId };
}

/** The same, imported everywhere. */
async function furnishEverywhere(...replicas: readonly TestRegion[]) {
  const key = await furnish(...replicas);
  for (const region of replicas) await inRegion(region, key.keyId, key.material);
  return key;
}

const stateIn = async (region: TestRegion, keyId: string) => (await kms.describe(region, keyId)).KeyState;

async function statesIn(region: TestRegion, KeyId: string) {
  const { Rotations = [] } = await kms
    .in(region)
    .send(new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }));
  return Rotations.map(({ KeyMaterialState, ImportState }) => `${KeyMaterialState} ${ImportState}`);
}

const encryptIn = async (region: TestRegion, KeyId: string) =>
  (await kms.in(region).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('shared') }))).CiphertextBlob;
async function decryptIn(region: TestRegion, CiphertextBlob: Uint8Array | undefined) {
  const { Plaintext, KeyMaterialId } = await kms.in(region).send(new DecryptCommand({ CiphertextBlob }));
  return [Buffer.from(Plaintext ?? []).toString(), KeyMaterialId];
}

const rotate = (KeyId: string, region: TestRegion = home) =>
  kms.in(region).send(new RotateKeyOnDemandCommand({ KeyId }));
const deleteIn = (region: TestRegion, KeyId: string, KeyMaterialId?: string) =>
  kms.in(region).send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId }));
const nothingPending = (keyId: string) =>
  refusal(
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arnIn(home, keyId)}.`,
  );

async function damage(): Promise<readonly unknown[]> {
  const { findings } = await kms.service.admin('doctor');
  return (findings as { readonly level: string }[]).filter(({ level }) => level === 'failure');
}

describe('A replica of a key with imported key material', () => {
  it('pends import, knows the ids of its primary, and is Enabled once the same is imported there', async () => {
    const { keyId, material, materialId } = await furnish(second);
    expect(await kms.describe(second, keyId)).toMatchObject({
      KeyState: 'PendingImport',
      Origin: 'EXTERNAL',
      CurrentKeyMaterialId: materialId,
    });
    expect(await statesIn(second, keyId)).toEqual(['CURRENT PENDING_IMPORT']);
    expect(await inRegion(second, keyId, material)).toBe(materialId);
    expect(await stateIn(second, keyId)).toBe('Enabled');
    expect(await damage()).toEqual([]);
  });

  it('opens what its primary encrypted, and the other way round', async () => {
    const { keyId, materialId } = await furnishEverywhere(second);
    for (const [from, to] of [
      [home, second],
      [second, home],
    ] as const)
      expect(await decryptIn(to, await encryptIn(from, keyId))).toEqual(['shared', materialId]);
  });

  it('refuses other material, and any as new', async () => {
    const { keyId, material } = await furnish(second);
    expect(await refusalOf(inRegion(second, keyId, randomBytes(32)))).toMatchObject(incorrectMaterial);
    for (const bytes of [material, randomBytes(32)]) {
      expect(await refusalOf(importMaterial(kms.in(second), keyId, bytes, asNew))).toEqual(
        refusal(
          'UnsupportedOperationException',
          `${arnIn(second, keyId)} is not a multi-region primary key.`,
        ),
      );
    }
    expect(await stateIn(second, keyId)).toBe('PendingImport');
  });

  it('cannot be made while its primary pends import', async () => {
    const keyId = await kms.createPrimary({ Origin: 'EXTERNAL' });
    const request = kms.in(home).send(new ReplicateKeyCommand({ KeyId: keyId, ReplicaRegion: second }));
    expect(await refusalOf(request)).toEqual(
      refusal('KMSInvalidStateException', `${arnIn(home, keyId)} is pending import.`),
    );
  });

  it('does not take a token of its primary', async () => {
    const { keyId, material } = await furnish(second);
    const parameters = await getParameters(kms.in(home), keyId);
    const request = sendMaterial(kms.in(second), keyId, parameters, material, asExisting);
    expect(await refusalOf(request)).toMatchObject({ name: 'InvalidImportTokenException' });
  });

  it('loses its material alone where it is deleted there', async () => {
    const { keyId, material, materialId } = await furnishEverywhere(second, third);
    await deleteIn(second, keyId, materialId);
    expect(await stateIn(second, keyId)).toBe('PendingImport');
    expect(await stateIn(home, keyId)).toBe('Enabled');
    expect(await stateIn(third, keyId)).toBe('Enabled');
    await inRegion(second, keyId, material);
    expect(await stateIn(second, keyId)).toBe('Enabled');
  });

  it('makes the same MACs as its primary', async () => {
    const keyId = await kms.createPrimary({
      Origin: 'EXTERNAL',
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    });
    const material = randomBytes(32);
    await importMaterial(kms.in(home), keyId, material);
    await kms.replicate(keyId, second);
    await kms.settle();
    expect(await refusalOf(importMaterial(kms.in(second), keyId, randomBytes(32)))).toMatchObject(
      incorrectMaterial,
    );
    await importMaterial(kms.in(second), keyId, material);
    const macIn = async (region: TestRegion) => {
      const input = { KeyId: keyId, Message: Buffer.from('m'), MacAlgorithm: 'HMAC_SHA_256' } as const;
      return (await kms.in(region).send(new GenerateMacCommand(input))).Mac;
    };
    expect(await macIn(second)).toEqual(await macIn(home));
  });
});

describe('New key material of a multi-Region key', () => {
  it('can become current once it is imported into every replica', async () => {
    const { keyId, materialId } = await furnishEverywhere(second, third);
    const newer = randomBytes(32);
    const newId = await importMaterial(kms.in(home), keyId, newer, asNew);
    const notYet = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
    expect(await statesIn(home, keyId)).toEqual(['CURRENT IMPORTED', `${notYet} IMPORTED`]);
    expect(await statesIn(second, keyId)).toEqual(['CURRENT IMPORTED', `${notYet} PENDING_IMPORT`]);
    expect(await refusalOf(rotate(keyId))).toEqual(nothingPending(keyId));
    expect(await inRegion(second, keyId, newer)).toBe(newId);
    expect(await refusalOf(rotate(keyId))).toEqual(nothingPending(keyId));
    expect(await stateIn(second, keyId)).toBe('Enabled');
    expect(await inRegion(third, keyId, newer, { KeyMaterialId: newId })).toBe(newId);
    expect(await statesIn(home, keyId)).toEqual(['CURRENT IMPORTED', 'PENDING_ROTATION IMPORTED']);
    expect(await statesIn(second, keyId)).toEqual(['CURRENT IMPORTED', 'PENDING_ROTATION IMPORTED']);

    const old = await encryptIn(second, keyId);
    await rotate(keyId);
    for (const region of [home, second, third]) {
      expect((await kms.describe(region, keyId)).CurrentKeyMaterialId).toBe(newId);
      expect(await statesIn(region, keyId)).toEqual(['NON_CURRENT IMPORTED', 'CURRENT IMPORTED']);
      expect(await decryptIn(region, old)).toEqual(['shared', materialId]);
    }
    expect(await decryptIn(third, await encryptIn(home, keyId))).toEqual(['shared', newId]);
    expect(await damage()).toEqual([]);
  });

  it('is rotated to by the primary alone', async () => {
    const { keyId } = await furnishEverywhere(second);
    const newer = randomBytes(32);
    await importMaterial(kms.in(home), keyId, newer, asNew);
    await inRegion(second, keyId, newer);
    expect(await refusalOf(rotate(keyId, second))).toEqual(
      refusal('UnsupportedOperationException', `${arnIn(second, keyId)} is not a multi-region primary key.`),
    );
  });

  it('waits again where a replica is added, or loses it', async () => {
    const { keyId, material } = await furnishEverywhere(second);
    const newer = randomBytes(32);
    const newId = await importMaterial(kms.in(home), keyId, newer, asNew);
    await inRegion(second, keyId, newer);
    await deleteIn(second, keyId, newId);
    expect(await stateIn(second, keyId)).toBe('Enabled');
    expect(await refusalOf(rotate(keyId))).toEqual(nothingPending(keyId));
    await inRegion(second, keyId, newer);
    await kms.replicate(keyId, third);
    await kms.settle();
    expect(await refusalOf(rotate(keyId))).toEqual(nothingPending(keyId));
    await inRegion(third, keyId, newer);
    expect(await stateIn(third, keyId)).toBe('PendingImport');
    await inRegion(third, keyId, material);
    await rotate(keyId);
    expect(await decryptIn(third, await encryptIn(home, keyId))).toEqual(['shared', newId]);
  });

  it('need not wait for a replica that is destroyed', async () => {
    const { keyId } = await furnishEverywhere(second);
    await importMaterial(kms.in(home), keyId, randomBytes(32), asNew);
    expect(await refusalOf(rotate(keyId))).toEqual(nothingPending(keyId));
    await kms.in(second).send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }));
    await kms.service.advance(8 * day);
    await rotate(keyId);
    expect(await damage()).toEqual([]);
  });

  it('goes from every replica where it is deleted from the primary, and other can come in its place', async () => {
    const { keyId } = await furnishEverywhere(second, third);
    const newer = randomBytes(32);
    const newId = await importMaterial(kms.in(home), keyId, newer, asNew);
    await inRegion(second, keyId, newer);
    await deleteIn(home, keyId, newId);
    for (const region of [home, second, third]) {
      expect(await statesIn(region, keyId)).toEqual(['CURRENT IMPORTED']);
      expect(await stateIn(region, keyId)).toBe('Enabled');
    }
    expect(await refusalOf(inRegion(second, keyId, newer))).toMatchObject(incorrectMaterial);
    const other = randomBytes(32);
    await importMaterial(kms.in(home), keyId, other, asNew);
    for (const region of [second, third]) await inRegion(region, keyId, other);
    await rotate(keyId);
    expect(await damage()).toEqual([]);
  });

  it('comes in where the primary is, after that was changed', async () => {
    const { keyId } = await furnishEverywhere(second);
    const update = new UpdatePrimaryRegionCommand({ KeyId: keyId, PrimaryRegion: second });
    await kms.in(home).send(update);
    await kms.settle();
    const newer = randomBytes(32);
    expect(await refusalOf(importMaterial(kms.in(home), keyId, newer, asNew))).toMatchObject({
      name: 'UnsupportedOperationException',
    });
    await importMaterial(kms.in(second), keyId, newer, asNew);
    await inRegion(home, keyId, newer);
    await rotate(keyId, second);
    expect(await damage()).toEqual([]);
  });

  it('is recorded in every Region where it changes something', async () => {
    const { keyId } = await furnishEverywhere(second);
    const newId = await importMaterial(kms.in(home), keyId, randomBytes(32), asNew);
    await deleteIn(home, keyId, newId);
    const recorded = kms.service
      .journal()
      .filter(({ resources }) => (resources as string[] | undefined)?.includes(arnIn(second, keyId)) === true)
      .map(({ eventName }) => eventName);
    expect(recorded.slice(-2)).toEqual(['SynchronizeMultiRegionKey', 'SynchronizeMultiRegionKey']);
  });
});

describe('Expiry in one Region', () => {
  it('makes that key PendingImport and leaves the related ones', async () => {
    const { keyId, material } = await furnish(second);
    // The service's time, which other tests have moved.
    const now = (await kms.describe(home, keyId)).CreationDate?.getTime() ?? 0;
    await inRegion(second, keyId, material, {
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo: new Date(now + 2 * day * 1000),
    });
    expect((await kms.describe(second, keyId)).ValidTo).toBeInstanceOf(Date);
    await kms.service.advance(3 * day);
    expect(await stateIn(second, keyId)).toBe('PendingImport');
    expect(await stateIn(home, keyId)).toBe('Enabled');
    expect(await damage()).toEqual([]);
  });
});
