import { randomBytes, randomHex, Secret, UnwrapError } from '@keyhaven/crypto';
import { compilePolicy, defaultKeyPolicy, parsePolicyDocument } from '@keyhaven/policy';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '../clock.ts';
import { Keyring, regionScope } from '../domain-keys/keyring.ts';
import { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import { RowProtector } from '../storage/row-protection.ts';
import {
  keyMaterialTable,
  kmsKeyTable,
  materialFingerprintTable,
  tombstoneTable,
} from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import { fingerprintBinding } from './import-bindings.ts';
import { symmetricDefault } from './key-specs.ts';
import type { KmsKey } from './kms-key.ts';
import { newMaterialRow } from './new-key.ts';
import { unbound } from './policy-bindings.ts';
import { replicaChanges } from './replica.ts';

const installationId = 'an installation';
const [home, second] = ['eu-west-2', 'us-east-1'];
const address = { accountId: '000000000000', region: home, keyId: `mrk-${'a'.repeat(32)}` };
const own = { account_id: address.accountId, region: home, key_id: address.keyId };
const protection = { version: 4, domain_key_id: 'a key', mac: new Uint8Array(32) };
const document = defaultKeyPolicy(address.accountId);

/** A keyring with a domain key for each of the two Regions, and a key store on it. */
function opened() {
  const keyring = new Keyring({
    installationId,
    protector: new RowProtector(),
    writer: undefined,
    clock: new SystemClock(),
  });
  for (const region of [home, second])
    keyring.add(regionScope(region), randomHex(16), Secret.take(randomBytes(32)), 'current');
  const keyStore = new SoftwareKeyStore(keyring, installationId);
  onTestFinished(() => keyStore.close());
  onTestFinished(() => {
    keyring.dispose();
  });
  return { keyring, keyStore };
}

/** A primary key with two key materials. */
function primaryOf(keyStore: SoftwareKeyStore, origin: string): KmsKey {
  const spec = symmetricDefault();
  const materials = ['1', '2'].map((digit, ordinal) => {
    const made = keyStore.wrapMaterial(address, { spec, origin }, digit.repeat(64), randomBytes(32));
    return {
      ...newMaterialRow(address, made, ordinal, 1000, ordinal === 0 ? null : 'ON_DEMAND'),
      ...protection,
      expires_at: 5000,
      description: 'of the primary',
    };
  });
  const row = {
    ...own,
    description: 'of the primary',
    key_spec: spec.name,
    key_usage: 'ENCRYPT_DECRYPT',
    origin,
    key_manager: 'CUSTOMER',
    multi_region: 1,
    state: 'Enabled',
    created_at: 0,
    deletion_at: null,
    current_material_id: '2'.repeat(64),
    rotation_enabled: 1,
    rotation_period_days: 90,
    next_rotation_at: 9000,
    on_demand_rotations: 3,
    primary_region: home,
    next_state: null,
    pending_window_days: null,
    ...protection,
  };
  return {
    row,
    arn: 'an arn',
    spec,
    policyRow: { ...own, document, bindings: null, ...protection },
    policy: compilePolicy(parsePolicyDocument(document)),
    materials,
    current: materials[1],
    expiresAt: 5000,
    aliases: [],
    tags: [],
  };
}

const rowsIn = (changes: readonly Change[], { name }: { readonly name: string }) =>
  changes.filter(({ table }) => table === name).map(({ row }) => row);

function replicate(primary: KmsKey, keyStore: SoftwareKeyStore, more: object = {}) {
  const replica = {
    primary,
    region: second,
    description: 'of the replica',
    policy: unbound(document),
    tags: new Map<string, string>(),
    now: 7000,
    fingerprints: [],
    tombstones: [],
    ...more,
  };
  return replicaChanges(replica, keyStore);
}

describe('The rows of a replica', () => {
  it('share what related keys share, and begin as a new key in all else', () => {
    const { keyStore } = opened();
    const primary = primaryOf(keyStore, 'AWS_KMS');
    const { row, changes } = replicate(primary, keyStore);
    expect(row).toEqual({
      ...own,
      region: second,
      description: 'of the replica',
      key_spec: 'SYMMETRIC_DEFAULT',
      key_usage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      key_manager: 'CUSTOMER',
      multi_region: 1,
      state: 'Creating',
      created_at: 7000,
      deletion_at: null,
      current_material_id: '2'.repeat(64),
      rotation_enabled: 1,
      rotation_period_days: 90,
      next_rotation_at: 9000,
      on_demand_rotations: 3,
      primary_region: home,
      next_state: 'Enabled',
      pending_window_days: null,
    });
    // The primary's row is written anew: whoever has not seen the replica meets a conflict.
    expect(changes).toContainEqual({
      table: kmsKeyTable.name,
      key: [address.accountId, home, address.keyId],
      version: 4,
      row: primary.row,
    });
  });

  it('hold the key material wrapped for the replica, which opens nowhere else', () => {
    const { keyStore } = opened();
    const primary = primaryOf(keyStore, 'AWS_KMS');
    const kind = { spec: primary.spec, origin: 'AWS_KMS' };
    const copies = rowsIn(replicate(primary, keyStore).changes, keyMaterialTable);
    expect(copies).toHaveLength(2);
    for (const [at, copy] of copies.entries()) {
      const material = primary.materials[at];
      if (material === undefined || copy === undefined) throw new Error('every material is copied');
      expect(copy).toMatchObject({ region: second, material_id: material.material_id, ordinal: at });
      const wrapped = copy['wrapped'] as Uint8Array;
      using original = keyStore.unwrapMaterial(material, kind);
      using copied = keyStore.unwrapMaterial({ ...material, region: second, wrapped }, kind);
      original.use((bytes) => {
        copied.use((others) => {
          expect(Buffer.compare(bytes, others)).toBe(0);
        });
      });
      expect(() => keyStore.unwrapMaterial({ ...material, wrapped }, kind)).toThrow(UnwrapError);
      expect(() =>
        keyStore.unwrapMaterial({ ...material, region: second, key_id: 'other', wrapped }, kind),
      ).toThrow(UnwrapError);
    }
  });

  it('of imported key material hold its ids and nothing of itself, and wait for an import', () => {
    const { keyStore } = opened();
    const { row, changes } = replicate(primaryOf(keyStore, 'EXTERNAL'), keyStore);
    expect(row).toMatchObject({ state: 'Creating', next_state: 'PendingImport', origin: 'EXTERNAL' });
    expect(rowsIn(changes, keyMaterialTable)).toMatchObject(
      ['1', '2'].map((digit) => ({
        material_id: digit.repeat(64),
        wrapped: new Uint8Array(),
        expires_at: null,
        description: null,
      })),
    );
  });

  it('hold fingerprints of imported key material, wrapped for the replica, which open nowhere else', () => {
    const { keyring, keyStore } = opened();
    const unwrapped = { ...own, material_id: '1'.repeat(64) };
    const bindingOf = (region: string) => fingerprintBinding(installationId, { ...unwrapped, region });
    const wrapped = keyring.wrap(regionScope(home), bindingOf(home), Buffer.from('a fingerprint'));
    const fingerprints = [{ ...unwrapped, wrapped }];
    const { changes } = replicate(primaryOf(keyStore, 'EXTERNAL'), keyStore, { fingerprints });
    const [copy] = rowsIn(changes, materialFingerprintTable);
    expect(copy).toMatchObject({ ...unwrapped, region: second });
    const copied = copy?.['wrapped'] as Uint8Array;
    using opensHere = keyring.unwrap(regionScope(second), bindingOf(second), copied);
    expect(opensHere.use((bytes) => Buffer.from(bytes).toString())).toBe('a fingerprint');
    expect(() => keyring.unwrap(regionScope(second), bindingOf(home), copied)).toThrow(UnwrapError);
    expect(() => keyring.unwrap(regionScope(home), bindingOf(home), copied)).toThrow(UnwrapError);
  });

  it('take the place of the tombstones of an earlier replica', () => {
    const { keyStore } = opened();
    const tombstone = { account_id: own.account_id, region: second, kind: 'key', id: own.key_id };
    const tombstones = [{ ...tombstone, destroyed_at: 1, wrapped_under: null, ...protection }];
    const { changes } = replicate(primaryOf(keyStore, 'AWS_KMS'), keyStore, { tombstones });
    expect(changes.filter(({ table }) => table === tombstoneTable.name)).toEqual([
      { table: 'tombstone', key: [own.account_id, second, 'key', own.key_id], version: 4, row: undefined },
    ]);
  });

  it('are not made of key material that was wrapped for another key', () => {
    const { keyStore } = opened();
    const primary = primaryOf(keyStore, 'AWS_KMS');
    const materials = primary.materials.map((material) => ({ ...material, key_id: 'another' }));
    expect(() => replicate({ ...primary, materials }, keyStore)).toThrow(UnwrapError);
  });
});
