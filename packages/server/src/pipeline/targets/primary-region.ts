import { addressOf, type KmsKey } from '../../keys/kms-key.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { type KeyWithRelated, relatedKeysTarget } from './related-keys.ts';

export interface PrimaryAndReplica extends KeyWithRelated {
  /** The key that is to become primary; undefined where the Region has none. */
  readonly replica: KmsKey | undefined;
}

/**
 * UpdatePrimaryRegion: the permission on the primary key and on the replica that takes its place, and both of their
 * states (UpdatePrimaryRegion, "Required permissions").
 */
export function primaryRegionTarget(): Target<
  { readonly KeyId: string; readonly PrimaryRegion: string },
  PrimaryAndReplica
> {
  const target = relatedKeysTarget('idOrArn', 'UpdatePrimaryRegion');
  const bothKeys = ({ key, replica }: PrimaryAndReplica) => (replica === undefined ? [key] : [key, replica]);
  return {
    keys: bothKeys,
    permissions: (loaded) =>
      bothKeys(loaded).map((key) => ({ kind: 'key', action: 'kms:UpdatePrimaryRegion', key })),
    load: (call, ports) =>
      andThen(target.load(call, ports), ({ key, related }) => {
        const { PrimaryRegion } = call.input;
        const other = related.find(({ region }) => region === PrimaryRegion && region !== key.row.region);
        if (other === undefined) return { key, related, replica: undefined };
        return andThen(ports.directory.readKey(addressOf(other)), (replica) => ({ key, related, replica }));
      }),
  };
}
