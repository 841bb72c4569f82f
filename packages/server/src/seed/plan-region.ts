import { copySecretBytes } from '@keyhaven/crypto';
import { defaultKeyPolicy } from '@keyhaven/policy';
import { checkKeyPolicy } from '../authorization/check-key-policy.ts';
import type { Clock } from '../clock.ts';
import type { DomainKeys } from '../domain-keys/domain-keys.ts';
import type { Identities } from '../identities/port.ts';
import type { NewMaterial } from '../key-stores/port.ts';
import type { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import { aliasArn, keyArn } from '../keys/key-arn.ts';
import type { KeyDirectory } from '../keys/key-directory.ts';
import { KeyListings } from '../keys/key-listings.ts';
import { isPendingDeletion } from '../keys/key-states.ts';
import type { KeyAddress, KeyRow } from '../keys/kms-key.ts';
import { newKeyChanges } from '../keys/new-key.ts';
import { unbound } from '../keys/policy-bindings.ts';
import type { Committer } from '../pipeline/committer.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { aliasTable, grantTable, kmsKeyTable, tombstoneTable } from '../storage/tables.ts';
import { absent, type Change, type ExpectedVersion, insert, update } from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import type { SeedKey, SeedRegion } from './seed.ts';
import { seedGrantRow } from './seed-grants.ts';
import { seedKeyMaterialId } from './seed-identifiers.ts';
import { mostAliasesOfAKey } from '../keys/alias-name.ts';

export interface RegionParts {
  readonly storage: Storage;
  readonly directory: KeyDirectory;
  readonly keyStore: SoftwareKeyStore;
  readonly committer: Committer;
  readonly domainKeys: DomainKeys;
  readonly identities: Pick<Identities, 'find'>;
  readonly clock: Clock;
  readonly alarm: Alarm;
}

/** What one Region lacks of the seed. */
export interface RegionPlan {
  readonly expect: readonly ExpectedVersion[];
  readonly changes: readonly Change[];
  readonly madeArns: readonly string[];
  /** The ARNs of new aliases. */
  readonly aliases: readonly string[];
  /** Keys that the seed names and that were destroyed. */
  readonly destroyedArns: readonly string[];
}

type Mutable = {
  -readonly [Name in keyof RegionPlan]: RegionPlan[Name] extends readonly (infer T)[] ? T[] : never;
};

/**
 * Compares the Region with the seed. A key that exists is left alone, whatever the seed says of it now, and so is an
 * alias, wherever it points; an alias that does not exist is made, also for a key that does.
 */
export async function planRegion(
  accountId: string,
  given: SeedRegion,
  parts: RegionParts,
): Promise<RegionPlan> {
  const { region } = given;
  const plan: Mutable = { expect: [], changes: [], madeArns: [], aliases: [], destroyedArns: [] };
  const listings = new KeyListings(parts.storage);
  for (const key of given.keys) {
    const address = { accountId, region, keyId: key.keyId };
    const newAliases: string[] = [];
    for (const name of key.aliases) {
      if ((await parts.directory.readAlias(accountId, region, name)) === undefined) newAliases.push(name);
    }
    const [[existing]] = await parts.storage.snapshot(
      select(kmsKeyTable, { account_id: accountId, region, key_id: key.keyId }),
    );
    if (existing !== undefined) {
      await planAliases(plan, existing, newAliases, listings, parts.clock.now());
    } else if (await listings.isDestroyed(accountId, region, key.keyId)) {
      plan.destroyedArns.push(keyArn(accountId, region, key.keyId));
    } else {
      await planKey(plan, address, key, newAliases, parts);
    }
  }
  return plan;
}

async function planKey(
  plan: Mutable,
  address: KeyAddress,
  key: SeedKey,
  aliases: readonly string[],
  { keyStore, domainKeys, identities, clock }: RegionParts,
): Promise<void> {
  const { accountId, region, keyId } = address;
  const { spec, nextRotationAt } = key;
  await domainKeys.forRegion(region);
  const [first = await keyStore.generate(address, spec), ...later] = key.materials.map(
    (secret, position): NewMaterial =>
      secret.use((bytes) => {
        const materialId = seedKeyMaterialId(address, position);
        return keyStore.wrapMaterial(
          address,
          { spec, origin: 'AWS_KMS' },
          materialId,
          copySecretBytes(bytes),
        );
      }),
  );
  const policy =
    key.policy === undefined
      ? unbound(defaultKeyPolicy(accountId))
      : await checkKeyPolicy(key.policy.text, identities, undefined);
  const { changes } = newKeyChanges({
    address,
    spec,
    usage: 'ENCRYPT_DECRYPT',
    manager: 'CUSTOMER',
    description: key.description,
    policy,
    materials: [first, ...later],
    tags: key.tags,
    aliases,
    now: clock.now(),
    ...(nextRotationAt === undefined ? {} : { rotation: { periodDays: 365, nextAt: nextRotationAt } }),
  });
  plan.expect.push(absent(tombstoneTable, [accountId, region, 'key', keyId]));
  plan.changes.push(...changes);
  for (const [position, grant] of key.grants.entries()) {
    const row = await seedGrantRow(grant, { ...address, spec }, position, identities, clock.now());
    plan.changes.push(insert(grantTable, row));
  }
  plan.madeArns.push(keyArn(accountId, region, keyId));
  plan.aliases.push(...aliases.map((name) => aliasArn(accountId, region, name)));
}

/** New aliases of a key that exists, as CreateAlias would make them: not beyond fifty, not for a key about to go. */
async function planAliases(
  plan: Mutable,
  row: KeyRow,
  names: readonly string[],
  listings: KeyListings,
  now: number,
): Promise<void> {
  if (names.length === 0 || isPendingDeletion(row)) return;
  const { account_id, region, key_id } = row;
  const scope = { accountId: account_id, region, targetKeyId: key_id };
  const existing = await listings.aliases(scope, undefined, mostAliasesOfAKey);
  const made = names.slice(0, mostAliasesOfAKey - existing.length);
  if (made.length === 0) return;
  for (const alias_name of made) {
    plan.changes.push(
      insert(aliasTable, {
        account_id,
        region,
        alias_name,
        target_key_id: key_id,
        created_at: now,
        updated_at: now,
      }),
    );
    plan.aliases.push(aliasArn(account_id, region, alias_name));
  }
  // The key's version rises with its aliases, as CreateAlias does it.
  plan.changes.push(update(kmsKeyTable, row, {}));
}
