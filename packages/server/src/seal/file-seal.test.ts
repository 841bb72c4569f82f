import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { fileSeal } from './file-seal.ts';
import { installationId, refusalOf, reveal } from './seal.test-support.ts';

async function made() {
  const place = { installationId, dataFolder: temporaryFolder() };
  const { sealingKey, parameters, shares } = await fileSeal.create(place);
  return { place, sealingKey, parameters, shares, path: join(place.dataFolder, 'file-seal.key') };
}

describe('The file seal', () => {
  it('opens with the key that it made, and needs nobody', async () => {
    const { place, sealingKey, parameters, shares } = await made();
    expect(reveal(await fileSeal.open(parameters, place))).toBe(reveal(sealingKey));
    expect(sealingKey.length).toBe(32);
    expect(shares).toBeUndefined();
    expect(fileSeal.needs(parameters)).toEqual({ automatic: true });
  });

  it('makes another key each time', async () => {
    expect(reveal((await made()).sealingKey)).not.toBe(reveal((await made()).sealingKey));
  });

  it('keeps its key in a file that others cannot read, and nothing in the header', async () => {
    const { path, parameters } = await made();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(parameters).toEqual({});
    expect(fileSeal.parametersSchema.safeParse({ key: 'x' }).success).toBe(false);
  });

  it('never replaces a key that is there', async () => {
    const { place, path } = await made();
    const before = readFileSync(path, 'utf8');
    expect((await refusalOf(() => fileSeal.create(place))).message).toContain('is there already');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it.each<readonly [string, RegExp, (path: string) => void]>([
    ['that is missing', /cannot be read/, (path) => rmSync(path)],
    ['that is cut', /is damaged/, (path) => writeFileSync(path, 'c2hvcnQ=')],
    ['that is empty', /is damaged/, (path) => writeFileSync(path, '')],
    ['that is longer', /is damaged/, (path) => writeFileSync(path, Buffer.alloc(33).toString('base64'))],
    [
      'that is a folder',
      /cannot be read/,
      (path) => {
        rmSync(path);
        mkdirSync(path, { mode: 0o700 });
      },
    ],
    ['that the group may read', /can be read by other users/, (path) => chmodSync(path, 0o640)],
    ['that others may write', /can be read by other users/, (path) => chmodSync(path, 0o602)],
  ])('is refused with a key file %s', async (_what, sentence, change) => {
    const { place, path } = await made();
    change(path);
    expect((await refusalOf(() => fileSeal.open({}, place))).message).toMatch(sentence);
  });

  it('says how to close a key file that others may read', async () => {
    const { place, path } = await made();
    chmodSync(path, 0o644);
    expect((await refusalOf(() => fileSeal.open({}, place))).nextStep).toBe(`Run: chmod 600 ${path}`);
    expect(existsSync(path)).toBe(true);
  });
});
