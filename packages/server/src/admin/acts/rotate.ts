import { z } from 'zod';
import { identityScope, regionScope } from '../../domain-keys/keyring.ts';
import { act, ActRefusal } from '../act.ts';

/** Replaces the root key, and with it the wraps of all domain keys. */
export const rootRotate = act({
  name: 'root-rotate',
  eventName: 'RotateRootKey',
  input: z.strictObject({}),
  recorded: [],
  async run(_input, { service, progress }) {
    const { rowsRewrapped } = await service().rotations.rotateRoot(progress);
    return { rotated: ['root'], rowsRewrapped };
  },
});

/** Replaces domain keys, and with them the wraps and MACs of everything of their scope. */
export const domainRotate = act({
  name: 'domain-rotate',
  eventName: 'RotateDomainKey',
  input: z.union([
    z.strictObject({ region: z.string() }),
    z.strictObject({ identity: z.literal(true) }),
    z.strictObject({ all: z.literal(true) }),
  ]),
  recorded: [],
  async run(input, { service, progress }) {
    const { rotations } = service();
    const known = rotations.scopes();
    const scopes = 'all' in input ? known : ['region' in input ? regionScope(input.region) : identityScope];
    const unknown = scopes.find((scope) => !known.includes(scope));
    if (unknown !== undefined) {
      const regions = known
        .filter((scope) => scope !== identityScope)
        .map((scope) => scope.slice('region/'.length));
      throw new ActRefusal(
        `No domain key was made for ${unknown}.`,
        `Regions in use: ${regions.length === 0 ? 'none' : regions.join(', ')}.`,
      );
    }
    let rowsRewrapped = 0;
    for (const scope of scopes)
      rowsRewrapped += (await rotations.rotateDomain(scope, progress)).rowsRewrapped;
    return { rotated: scopes, rowsRewrapped };
  },
});
