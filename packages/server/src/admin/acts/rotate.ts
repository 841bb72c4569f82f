import { z } from 'zod';
import { identityScope, regionScope } from '../../domain-keys/keyring.ts';
import { act, ActRefusal } from '../act.ts';

/** Replaces the root key, and with it the wraps of all domain keys. */
export const rootRotate = act({
  name: 'root-rotate',
  eventName: 'RotateRootKey',
  input: z.strictObject({}),
  recorded: [],
  async run(_input, { service, lifecycle, progress }) {
    const currentRootKeyId = () => lifecycle.seal?.list().find((one) => one.status === 'current')?.id ?? '';
    const retiredRootKeyId = currentRootKeyId();
    const { rowsRewrapped } = await service().rotations.rotateRoot(progress);
    return { rootKeyId: currentRootKeyId(), retiredRootKeyId, rewrapped: rowsRewrapped };
  },
});

/** Replaces domain keys, and with them the wraps and MACs of everything of their scope. */
export const domainRotate = act({
  name: 'domain-rotate',
  eventName: 'RotateDomainKey',
  input: z.strictObject({
    scope: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('region'), region: z.string() }),
      z.strictObject({ kind: z.literal('identity') }),
      z.strictObject({ kind: z.literal('all') }),
    ]),
  }),
  recorded: ['scope'],
  async run({ scope: wanted }, { service, progress }) {
    const { rotations, parts } = service();
    const rotated = [];
    for (const scope of scopesOf(wanted, rotations.scopes())) {
      const { rowsRewrapped } = await rotations.rotateDomain(scope, progress);
      const name = scope === identityScope ? scope : scope.slice(regionScope('').length);
      rotated.push({ scope: name, domainKeyId: parts.keyring.get(scope).id, rewrapped: rowsRewrapped });
    }
    return { rotated };
  },
});

type Wanted =
  | { readonly kind: 'region'; readonly region: string }
  | { readonly kind: 'identity' }
  | { readonly kind: 'all' };

function scopesOf(wanted: Wanted, known: readonly string[]): readonly string[] {
  if (wanted.kind === 'all') return known;
  if (wanted.kind === 'identity') return [identityScope];
  const scope = regionScope(wanted.region);
  if (known.includes(scope)) return [scope];
  const regions = known
    .filter((one) => one !== identityScope)
    .map((one) => one.slice(regionScope('').length));
  throw new ActRefusal(
    `No domain key was made for the Region ${wanted.region}: nothing is stored there.`,
    `Regions in use: ${regions.length === 0 ? 'none' : regions.join(', ')}.`,
  );
}
