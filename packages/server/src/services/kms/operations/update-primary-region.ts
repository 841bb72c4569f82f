import {
  alreadyPrimaryRegion,
  type KeyState,
  keyId,
  keyNotFound,
  region,
  required,
} from '@keyhaven/api-model';
import { keyArn } from '../../../keys/key-arn.ts';
import type { KeyRow } from '../../../keys/kms-key.ts';
import { assertPrimary, relatedElsewhere } from '../../../keys/related-keys.ts';
import { operation } from '../../../pipeline/operation.ts';
import { primaryRegionTarget } from '../../../pipeline/targets/primary-region.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { type Change, update } from '../../../storage/unit-of-work.ts';
import { synchronized } from '../families/shared-properties.ts';

/** Makes a replica the primary key, and the primary a replica. https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html */
export const UpdatePrimaryRegion = operation({
  name: 'UpdatePrimaryRegion',
  access: 'write',
  input: { KeyId: required(keyId), PrimaryRegion: required(region) },
  output: undefined,
  target: primaryRegionTarget(),
  states: 'updatePrimaryRegion',
  recorded: ['KeyId', 'PrimaryRegion'],
  supports({ key, replica }, { PrimaryRegion }) {
    assertPrimary(key);
    const { account_id, region: current, key_id } = key.row;
    if (PrimaryRegion === current) throw alreadyPrimaryRegion(current);
    if (replica === undefined) throw keyNotFound(keyArn(account_id, PrimaryRegion, key_id));
  },
  act({ input: { PrimaryRegion }, loaded: { key, related, replica } }) {
    if (replica === undefined) throw new Error('there is a replica, or the request was refused');
    const others = relatedElsewhere(key, related).filter((row) => row.region !== PrimaryRegion);
    const primary_region = PrimaryRegion;
    return {
      output: undefined,
      changes: [
        ...[key.row, replica.row].map((row) => updating(row, primary_region)),
        ...others.map((row) => update(kmsKeyTable, row, { primary_region })),
      ],
      elsewhere: synchronized(key, related).map((effect) =>
        effect.region === PrimaryRegion ? { ...effect, eventName: 'UpdatePrimaryRegion' } : effect,
      ),
    };
  },
});

/** Updating, until the settler brings the state back; a key that is Updating still has that to come. */
function updating(row: KeyRow, primary_region: string): Change {
  const state: KeyState = 'Updating';
  return update(kmsKeyTable, row, { primary_region, state, next_state: row.next_state ?? row.state });
}
