import { randomUuid } from '@keyhaven/crypto';
import { renderServiceEvent } from '../../audit/record.ts';
import type { Clock } from '../../clock.ts';
import type { DomainKeys } from '../../domain-keys/domain-keys.ts';
import type { KeyStore } from '../../key-stores/port.ts';
import type { Committer } from '../../pipeline/committer.ts';
import type { ProvisionAwsManagedKey } from '../../pipeline/ports.ts';
import { aliasTable } from '../../storage/tables.ts';
import { absent } from '../../storage/unit-of-work.ts';
import { keyArn } from '../../keys/key-arn.ts';
import { symmetricDefault } from '../../keys/key-specs.ts';
import { newAwsManagedKey } from '../../keys/new-aws-managed-key.ts';
import { newKeyChanges } from '../../keys/new-key.ts';

interface Parts {
  readonly clock: Clock;
  readonly domainKeys: DomainKeys;
  readonly keyStore: KeyStore;
  readonly committer: Committer;
}

/**
 * Makes AWS managed keys on their first description. Throws CommitConflict where another request made the key first, or
 * where the domain key that it was wrapped under has just been replaced: the request begins again, and finds the key or
 * makes it.
 */
export function createProvisioner({ clock, domainKeys, keyStore, committer }: Parts): ProvisionAwsManagedKey {
  return async (accountId, region, aliasName) => {
    await domainKeys.forRegion(region);
    const address = { accountId, region, keyId: randomUuid() };
    const now = clock.now();
    const materials = [await keyStore.generate(address, symmetricDefault())];
    const { changes } = newKeyChanges(newAwsManagedKey(address, aliasName, materials, now));
    const event = renderServiceEvent('CreateKey', now, {
      awsRegion: region,
      accountId,
      resources: [keyArn(accountId, region, address.keyId)],
    });
    const expect = [absent(aliasTable, [accountId, region, aliasName])];
    await committer.commitService({ head: { accountId, region }, expect, changes }, event);
  };
}
