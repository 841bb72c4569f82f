import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { seals } from './header.test-support.ts';
import {
  forgetSeal,
  isSealKind,
  newSeal,
  openSeal,
  parseSeal,
  type SealDescription,
  type SealKind,
  unsealingNeeds,
} from './providers.ts';
import { composeHeader, openRootKeys, readSealHeader, type RootKey, writeSealHeader } from './seal-header.ts';
import { installationId, lowCost, refusalOf, reveal, secretText } from './seal.test-support.ts';

const words = 'correct horse battery staple';
const rootKeys: readonly RootKey[] = [{ id: 'c3'.repeat(16), status: 'current', key: Secret.random(32) }];

/** A folder sealed in the given way, and what opens it. */
async function sealedFolder(kind: Exclude<SealKind, 'kms'>) {
  const place = { installationId, dataFolder: temporaryFolder() };
  const made = await {
    file: () => newSeal('file', place),
    passphrase: () => newSeal('passphrase', { ...place, passphrase: secretText(words), cost: lowCost }),
    shamir: () => newSeal('shamir', { ...place, threshold: 2, total: 3 }),
  }[kind]();
  const path = join(place.dataFolder, 'seal.json');
  writeSealHeader(path, composeHeader({ installationId, ...made, rootKeys }));
  const { shares = [] } = made;
  return {
    place,
    path,
    input: { ...place, passphrase: secretText(words), shares: shares.slice(1).map(secretText) },
  };
}

const kinds = ['file', 'passphrase', 'shamir'] as const;

describe('An installation', () => {
  it.each(kinds)('sealed by %s opens from its folder and what was entered', async (kind) => {
    const { path, input } = await sealedFolder(kind);
    const header = readSealHeader(path);
    if (header === undefined) throw new Error('no header');
    expect(header.seal.kind).toBe(kind);
    using sealingKey = await openSeal(header.seal, input);
    expect(openRootKeys(header, sealingKey).map(({ key }) => reveal(key))).toEqual(
      rootKeys.map(({ key }) => reveal(key)),
    );
  });

  it.each(kinds)('opens under a new seal after a change from %s, and not under the old one', async (kind) => {
    const { place, path, input } = await sealedFolder(kind);
    const before = readSealHeader(path);
    if (before === undefined) throw new Error('no header');
    const old = await openSeal(before.seal, input);
    const made = await newSeal('passphrase', {
      ...place,
      passphrase: secretText(`new ${words}`),
      cost: lowCost,
    });
    writeSealHeader(path, composeHeader({ installationId, ...made, rootKeys: openRootKeys(before, old) }));
    const after = readSealHeader(path);
    if (after === undefined) throw new Error('no header');
    const opened = await openSeal(after.seal, { ...place, passphrase: secretText(`new ${words}`) });
    expect(openRootKeys(after, opened).map(({ id }) => id)).toEqual(rootKeys.map(({ id }) => id));
    expect((await refusalOf(() => openRootKeys(after, old))).message).toContain('does not open');
  });

  it('is refused with another passphrase, in words that give the remedy', async () => {
    const { path, place } = await sealedFolder('passphrase');
    const header = readSealHeader(path);
    if (header === undefined) throw new Error('no header');
    const wrong = await openSeal(header.seal, { ...place, passphrase: secretText(`${words}!`) });
    const { message, nextStep } = await refusalOf(() => openRootKeys(header, wrong));
    expect(message).toBe(
      'The passphrase does not open the seal header: it is another one, or the header was changed.',
    );
    expect(nextStep).toContain('Enter the passphrase again');
  });

  it('is refused with the shares of another seal', async () => {
    const [own, other] = [await sealedFolder('shamir'), await sealedFolder('shamir')];
    const header = readSealHeader(own.path);
    if (header === undefined) throw new Error('no header');
    expect((await refusalOf(() => openSeal(header.seal, other.input))).message).toContain('belongs to set');
  });
});

describe('A seal that is forgotten', () => {
  it('takes the key file with it where it is a file seal, also a second time', async () => {
    const { place, input, path } = await sealedFolder('file');
    forgetSeal('file', place);
    forgetSeal('file', place);
    expect(readdirSync(place.dataFolder)).toEqual(['seal.json']);
    const header = readSealHeader(path);
    if (header === undefined) throw new Error('no header');
    expect((await refusalOf(() => openSeal(header.seal, input))).message).toContain('cannot be read');
  });

  it.each(['passphrase', 'shamir', 'kms'] as const)(
    'leaves the folder alone where it is %s',
    async (kind) => {
      const { place } = await sealedFolder('file');
      forgetSeal(kind, place);
      expect(readdirSync(place.dataFolder).toSorted()).toEqual(['file-seal.key', 'seal.json']);
    },
  );
});

describe('What an unsealing needs', () => {
  const needs = Object.fromEntries(seals.map((seal) => [seal.kind, unsealingNeeds(seal)]));

  it('is nothing for the file seal and the kms seal', () => {
    expect([needs['file'], needs['kms']]).toEqual([{ automatic: true }, { automatic: true }]);
  });

  it('is a passphrase, or shares by their number', () => {
    expect(needs['passphrase']).toEqual({ automatic: false, by: 'passphrase' });
    expect(needs['shamir']).toEqual({ automatic: false, by: 'shares', threshold: 2, total: 3 });
  });
});

describe('The table of seals', () => {
  it('has exactly the kinds of this version', () => {
    expect(seals.map(({ kind }) => kind).filter(isSealKind)).toEqual(['file', 'passphrase', 'shamir', 'kms']);
  });

  it.each(['pkcs11', '', 'FILE', 'toString', '__proto__'])('has no kind %j', (kind) => {
    expect(isSealKind(kind)).toBe(false);
  });

  it.each(seals)('reads the parameters of a $kind seal and of no other', (seal) => {
    for (const { kind } of seals) {
      const parsed: SealDescription | undefined = parseSeal(kind, seal.parameters);
      expect(parsed).toEqual(kind === seal.kind ? seal : undefined);
    }
  });
});
