import type { Secret } from '@keyhaven/crypto';
import { z } from 'zod';
import { changeSeal, confirmSeal, type SealRequest } from '../../installation/create-seal.ts';
import type { OpenSeal } from '../../installation/open-seal.ts';
import { isBelowDefaults, type SealDescription } from '../../seal/providers.ts';
import { version } from '../../version.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { Unsealer } from '../../lifecycle/unsealer.ts';
import { act, type ActContext, ActRefusal, secretBytes } from '../act.ts';

/** What the service is, how it is sealed, and how far an unsealing has come. */
export const status = act({
  name: 'status',
  eventName: 'GetStatus',
  input: z.strictObject({}),
  recorded: [],
  run: (_input, context) => Promise.resolve(describe(context)),
});

/** Opens the service: with a passphrase, with one more share, or with nothing where the seal needs no person. */
export const unseal = act({
  name: 'unseal',
  eventName: undefined,
  input: z.union([
    z.strictObject({ passphrase: secretBytes }),
    z.strictObject({ share: secretBytes }),
    z.strictObject({}),
  ]),
  recorded: [],
  async run(input, { lifecycle, unsealer, operator }) {
    const share = 'share' in input ? input.share : undefined;
    using passphrase = 'passphrase' in input ? input.passphrase : undefined;
    if (lifecycle.state === 'open') {
      share?.dispose();
      return { isSealed: false };
    }
    if (share !== undefined) {
      const { entered, needed } = await unsealer.addShare(share, operator);
      return { isSealed: isSealed(lifecycle), shares: { entered, needed } };
    }
    refuseToOpenWithNothing(unsealer, passphrase);
    await unsealer.open(passphrase, operator);
    return { isSealed: isSealed(lifecycle) };
  },
});

function refuseToOpenWithNothing(unsealer: Unsealer, passphrase: Secret | undefined): void {
  const needs = unsealer.needs();
  if (needs.automatic) return;
  if (needs.by === 'shares') {
    throw new ActRefusal(
      `This seal opens with ${needs.threshold} of ${needs.total} shares.`,
      'Run keyhaven unseal and enter a share.',
    );
  }
  if (passphrase === undefined)
    throw new ActRefusal('This seal opens with a passphrase.', 'Run keyhaven unseal and enter it.');
}

const isSealed = ({ state }: Lifecycle): boolean => state !== 'open';

/** Stops serving at once and zeroises every key; the process stays, and answers 503. */
export const seal = act({
  name: 'seal',
  eventName: undefined,
  input: z.strictObject({}),
  recorded: [],
  async run(_input, { lifecycle, operator }) {
    await lifecycle.lock(operator);
    return { isSealed: isSealed(lifecycle) };
  },
});

const newSealInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file') }),
  z.strictObject({ kind: z.literal('passphrase'), passphrase: secretBytes }),
  z.strictObject({ kind: z.literal('shamir'), shares: z.int(), threshold: z.int() }),
  z.strictObject({
    kind: z.literal('kms'),
    keyId: z.string(),
    region: z.string(),
    endpoint: z.string().optional(),
    caFile: z.string().optional(),
  }),
]);

/** Seals the root keys anew; what the old seal opens is of no use any more, but for copies of the old header. */
export const sealChange = act({
  name: 'seal-change',
  eventName: 'ChangeSeal',
  input: z.strictObject({ seal: newSealInput }),
  recorded: [],
  async run({ seal: wanted }, context) {
    const { rotations } = context.service();
    const open = openSealOf(context);
    refuseFileSeal(wanted.kind, open.header.seal.kind, context);
    // A rotation of the root key writes the header too.
    const changed = await rotations.alone(() => changeSeal(open, requestOf(wanted), context.dataDir));
    const { shares, ticket } = changed;
    return { kind: wanted.kind, ...(ticket === undefined ? {} : { shares, ticket }) };
  },
});

/** Puts a seal of shares there, once its shares are where they belong. Until then the old seal opens the service. */
export const sealChangeConfirm = act({
  name: 'seal-change-confirm',
  eventName: 'ConfirmSeal',
  input: z.strictObject({ ticket: z.string().max(64) }),
  recorded: [],
  async run({ ticket }, context) {
    const { rotations } = context.service();
    const open = openSealOf(context);
    const isThere = await rotations.alone(() => Promise.resolve(confirmSeal(open, ticket, context.dataDir)));
    if (isThere) return { kind: open.header.seal.kind };
    throw new ActRefusal(
      'There is no seal to confirm: another was prepared since, or the service was sealed.',
      'The seal is what it was. Run keyhaven seal change again, and throw these shares away.',
    );
  },
});

function openSealOf({ lifecycle }: ActContext): OpenSeal {
  if (lifecycle.seal !== undefined) return lifecycle.seal;
  throw new ActRefusal('The service is sealed.', 'Open it with keyhaven unseal first.');
}

function requestOf(wanted: z.infer<typeof newSealInput>): SealRequest {
  switch (wanted.kind) {
    case 'file':
    case 'kms':
      return wanted;
    case 'shamir':
      return { kind: 'shamir', total: wanted.shares, threshold: wanted.threshold };
    case 'passphrase':
      return { kind: 'passphrase', passphrase: wanted.passphrase };
  }
}

function refuseFileSeal(wanted: string, present: string, { options }: ActContext): void {
  if (wanted !== 'file') return;
  if (present === 'file') throw new ActRefusal('The file seal is in use already.', 'Choose another seal.');
  if (options.profile === 'production' && !options.allowUnsafe.has('file-seal')) {
    throw new ActRefusal(
      'A file seal is unsafe in production (file-seal): whoever has the folder has the keys.',
      'Choose another seal, or start the service with --allow-unsafe file-seal.',
    );
  }
}

function describe({ lifecycle, unsealer, dataDir, options, place }: ActContext) {
  const { seal: sealed, rootKeys, installationId } = unsealer.header();
  const needs = unsealer.needs();
  const progress = unsealer.progress;
  const advice =
    sealed.kind === 'passphrase' && isBelowDefaults(sealed.parameters)
      ? 'The passphrase is stretched less than this version would: run keyhaven seal change --seal passphrase.'
      : undefined;
  return {
    version,
    profile: options.profile,
    installationId,
    url: place.url,
    dataDir,
    startedAt: new Date(place.startedAt).toISOString(),
    seal: {
      ...describeSeal(sealed),
      isSealed: isSealed(lifecycle),
      needs: needs.automatic ? 'nothing' : needs.by,
      shares: progress && { entered: progress.entered, needed: progress.needed },
      advice,
    },
    rootKeys: rootKeys.map(({ id, status: keyStatus }) => ({ id, status: keyStatus })),
    allowedUnsafe: [...options.allowUnsafe],
  };
}

/** What an operator recognises the seal by; neither salt nor digests nor wrapped keys. */
function describeSeal(sealed: SealDescription): Readonly<Record<string, unknown>> {
  switch (sealed.kind) {
    case 'file':
      return { kind: sealed.kind };
    case 'passphrase': {
      const { memoryKiB, passes, parallelism } = sealed.parameters;
      return { kind: sealed.kind, memoryKiB, passes, parallelism };
    }
    case 'shamir': {
      const { setId, threshold, digests } = sealed.parameters;
      return { kind: sealed.kind, setId, threshold, total: digests.length };
    }
    case 'kms': {
      const { keyId, region, endpoint } = sealed.parameters;
      return { kind: sealed.kind, keyId, region, endpoint };
    }
  }
}
