import type { SnapshotOf } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import {
  grantTable,
  importParametersTable,
  keyLastUsageTable,
  materialFingerprintTable,
} from '../storage/tables.ts';
import { absent, type Change, type ExpectedVersion, remove } from '../storage/unit-of-work.ts';
import type { KeyAddress } from './kms-key.ts';

/** The queries for what is stored for a key beside what a request needs of it; it is destroyed with the key. */
export function attachmentQueries({ accountId, region, keyId }: KeyAddress) {
  const key = { account_id: accountId, region, key_id: keyId };
  return [
    select(materialFingerprintTable, key),
    select(importParametersTable, key),
    select(keyLastUsageTable, key),
    select(grantTable, key),
  ] as const;
}

type Attachments = SnapshotOf<ReturnType<typeof attachmentQueries>>;

export function removeAttachments([
  fingerprints,
  parameters,
  usages,
  grants,
]: Attachments): readonly Change[] {
  return [
    ...fingerprints.map((row) => remove(materialFingerprintTable, row)),
    ...parameters.map((row) => remove(importParametersTable, row)),
    ...usages.map((row) => remove(keyLastUsageTable, row)),
    ...grants.map((row) => remove(grantTable, row)),
  ];
}

/** What must not be added until they are removed: a last usage is stored behind the requests, and would outlive the key. */
export function expectNoFurther(
  { accountId, region, keyId }: KeyAddress,
  [, , usages]: Attachments,
): readonly ExpectedVersion[] {
  return usages.length > 0 ? [] : [absent(keyLastUsageTable, [accountId, region, keyId])];
}
