import {
  DecryptCommand,
  EncryptCommand,
  RotateKeyOnDemandCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { home, regions, second, type TestRegion, third, useThreeRegions } from './regions.ts';

const kms = useThreeRegions();

async function encryptIn(region: TestRegion, KeyId: string): Promise<Uint8Array | undefined> {
  const Plaintext = Buffer.from('x');
  return (await kms.in(region).send(new EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob;
}

async function openEverywhere(blobs: readonly (Uint8Array | undefined)[]): Promise<void> {
  for (const region of regions)
    for (const CiphertextBlob of blobs) await kms.in(region).send(new DecryptCommand({ CiphertextBlob }));
}

const rotateDomain = (scope: object) => kms.service.admin('domain-rotate', { scope });

describe('The rotation of a domain key', () => {
  it.each(regions)(
    'of %s leaves related keys in every Region able to open what any of them encrypted',
    async (region) => {
      const KeyId = await kms.createRelated([second, third]);
      const before = await Promise.all(regions.map((one) => encryptIn(one, KeyId)));
      await rotateDomain({ kind: 'region', region });
      const after = await Promise.all(regions.map((one) => encryptIn(one, KeyId)));
      await openEverywhere([...before, ...after]);
      await kms.in(home).send(new RotateKeyOnDemandCommand({ KeyId }));
      await openEverywhere([await encryptIn(region, KeyId)]);
      await kms.restart();
      await openEverywhere([...before, ...after]);
    },
  );

  it('of every Region may run while keys are replicated, rotated and moved: nothing is lost', async () => {
    const blobs: (Uint8Array | undefined)[] = [];
    const work = async () => {
      for (let n = 0; n < 10; n++) {
        const KeyId = await kms.createPrimary();
        blobs.push(await encryptIn(home, KeyId));
        await Promise.all([
          kms.replicate(KeyId, second),
          kms.replicate(KeyId, third),
          kms.in(home).send(new RotateKeyOnDemandCommand({ KeyId })),
        ]);
        await kms.settle();
        await kms.in(home).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: second }));
        blobs.push(await encryptIn(third, KeyId));
      }
    };
    await Promise.all([work(), rotateDomain({ kind: 'all' })]);
    await rotateDomain({ kind: 'all' });
    await openEverywhere(blobs);
    expect(blobs).toHaveLength(20);
    // Numbers of changes are not compared once a domain key was replaced; whatever is wrong with rows is told.
    expect(await kms.flaws()).toEqual([]);
  });
});
