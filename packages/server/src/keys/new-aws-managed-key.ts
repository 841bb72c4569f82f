import { compilePolicy, formatPolicy, parseStoredPolicyDocument } from '@keyhaven/policy';
import type { NewMaterial } from '../key-stores/port.ts';
import { awsManagedKeyDescription, awsManagedKeyPolicy, awsManagedRotationDays } from './aws-managed-keys.ts';
import { dayMs } from './day.ts';
import { keyArn } from './key-arn.ts';
import { symmetricDefault } from './key-specs.ts';
import type { KeyAddress, KmsKey } from './kms-key.ts';
import { keyRow, type NewKey } from './new-key.ts';
import { unbound } from './policy-bindings.ts';

/** The AWS managed key behind a predefined alias. `now`: epoch milliseconds. */
export function newAwsManagedKey(
  address: KeyAddress,
  aliasName: string,
  materials: readonly NewMaterial[],
  now: number,
): NewKey {
  const { accountId, region } = address;
  return {
    address,
    spec: symmetricDefault(),
    usage: 'ENCRYPT_DECRYPT',
    manager: 'AWS',
    description: awsManagedKeyDescription(aliasName),
    policy: unbound(formatPolicy(awsManagedKeyPolicy(aliasName, accountId, region))),
    materials,
    tags: new Map(),
    aliases: [aliasName],
    now,
    rotation: { periodDays: awsManagedRotationDays, nextAt: now + awsManagedRotationDays * dayMs },
  };
}

/**
 * An AWS managed key as it would be, for the question who may have it made: it is in no store, has no key material, and nothing
 * may be done with it.
 */
export function plannedAwsManagedKey(address: KeyAddress, aliasName: string): KmsKey {
  const planned = newAwsManagedKey(address, aliasName, [], 0);
  const { accountId: account_id, region, keyId: key_id } = address;
  const { document, bindings } = planned.policy;
  const notStored = { version: 0, domain_key_id: '', mac: new Uint8Array() };
  const times = { created_at: 0, updated_at: 0 };
  return {
    row: { ...keyRow(planned), ...notStored, origin: 'AWS_KMS', state: 'Enabled' },
    arn: keyArn(account_id, region, key_id),
    spec: planned.spec,
    policyRow: { account_id, region, key_id, document, bindings, ...notStored },
    policy: compilePolicy(parseStoredPolicyDocument(document)),
    materials: [],
    current: undefined,
    expiresAt: Infinity,
    aliases: [{ account_id, region, alias_name: aliasName, target_key_id: key_id, ...times, ...notStored }],
    tags: [],
  };
}
