import { DomainKey, Secret, encodeFields } from '@keyhaven/crypto';
import { describe, expect, it } from 'vitest';
import { BackupRefusal } from './backup-refusal.ts';
import {
  isManifestGenuine,
  type Manifest,
  parseManifest,
  renderManifest,
  renderManifestMac,
} from './manifest.ts';

const file = { bytes: 10, sha256: 'ab'.repeat(32) };
const manifest: Manifest = {
  kind: 'keyhaven-backup',
  format: 1,
  installationId: '766b3f36-bc2f-458c-bf36-1798cfe2a54e',
  schemaVersion: 2,
  madeBy: 'Keyhaven 0.1.0',
  madeAt: 1_795_614_569_152,
  journal: { segment: 1, offset: 2306, chain: 'cd'.repeat(32) },
  rows: { kms_key: 2 },
  files: { 'seal.json': file, 'keyhaven.db': file },
};
const text = renderManifest(manifest);

const rootKey = (id: string, byte: number) => ({
  id: id.repeat(32),
  key: new DomainKey(Secret.take(Buffer.alloc(32, byte))),
});
const mine = rootKey('a', 1);
const other = rootKey('b', 2);

describe('A manifest', () => {
  it('comes back as it was written', () => {
    expect(parseManifest(text, 'x.age')).toEqual(manifest);
  });

  it.each([
    ['is no JSON', '{'],
    ['is of another program', '{"kind":"other","format":1}'],
    ['has a member more', text.replace('{', '{"more": 1,')],
    ['lacks a member', text.replace(/ {2}"madeAt".*\n/, '')],
    ['has a hash that is none', text.replace('abab', 'ABAB')],
    ['names a place before the journal', text.replace('"segment": 1', '"segment": 0')],
    ['names a file more', text.replace('"seal.json"', '"passwd": {"bytes": 1, "sha256": ""}, "seal.json"')],
  ])('is refused where it %s', (_what, changed) => {
    expect(() => parseManifest(changed, 'x.age')).toThrow(BackupRefusal);
    expect(() => parseManifest(changed, 'x.age')).toThrow('is not a backup of Keyhaven');
  });

  it('is refused with the version to use where its format is a newer one', () => {
    expect(() => parseManifest('{"kind":"keyhaven-backup","format":2,"new":true}', 'x.age')).toThrow(
      'newer version of Keyhaven (format 2',
    );
  });
});

describe('The MAC of a manifest', () => {
  it('is accepted under the root key that made it, whichever others there are', () => {
    const mac = renderManifestMac(text, mine);
    expect(isManifestGenuine(text, mac, [mine])).toBe(true);
    expect(isManifestGenuine(text, mac, [other, mine])).toBe(true);
  });

  it('is refused for a manifest with any byte changed', () => {
    const mac = renderManifestMac(text, mine);
    for (let at = 0; at < text.length; at += 7) {
      const changed = text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1);
      expect(isManifestGenuine(changed, mac, [mine]), `byte ${at}`).toBe(false);
    }
  });

  it('is refused under another root key, also under one of the same id', () => {
    const mac = renderManifestMac(text, mine);
    expect(isManifestGenuine(text, mac, [other])).toBe(false);
    expect(isManifestGenuine(text, mac, [{ id: mine.id, key: other.key }])).toBe(false);
    expect(isManifestGenuine(text, mac, [])).toBe(false);
  });

  it('is not the MAC of any row: what protects rows protects no manifest', () => {
    const asRow = mine.key.rowMac(encodeFields(['installation', 1, text])).toString('base64');
    expect(isManifestGenuine(text, JSON.stringify({ rootKeyId: mine.id, mac: asRow }), [mine])).toBe(false);
  });

  it.each(['', '{}', 'null', `{"rootKeyId":"${'a'.repeat(32)}","mac":""}`, `{"rootKeyId":"a","mac":"AAAA"}`])(
    'is refused where it is %j',
    (mac) => {
      expect(isManifestGenuine(text, mac, [mine])).toBe(false);
    },
  );
});
