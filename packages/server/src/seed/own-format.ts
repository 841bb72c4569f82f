import { mostAliasesOfAKey } from '../keys/alias-name.ts';
import { Secret } from '@keyhaven/crypto';
import { z } from 'zod';
import { findKeySpec, type KeySpecRow } from '../keys/key-specs.ts';
import type { Seed, SeedAccount, SeedKey, SeedRegion } from './seed.ts';
import type { SeedDocument, SeedPath } from './seed-document.ts';
import { documentValue, identityFields, tagFields } from './identity-fields.ts';
import { readIdentities } from './read-identities.ts';
import { seedKeyId } from './seed-identifiers.ts';
import { grantFields, readSeedGrants } from './seed-grants.ts';
import { readMaterials, readSeedTags, refuseRepeated } from './seed-rules.ts';
import {
  accessKeyId,
  accountId,
  aliasName,
  description,
  keyId,
  listOf,
  material,
  missingOr,
  regionName,
  secretAccessKey,
  text,
} from './seed-values.ts';

const fields = missingOr('must have fields');

const key = z.strictObject(
  {
    keyId: keyId.optional(),
    description: description.optional(),
    keySpec: text().optional(),
    material: listOf(material).min(1, { error: 'must hold at least one key material' }).optional(),
    aliases: listOf(aliasName).optional(),
    tags: tagFields.optional(),
    policy: documentValue.optional(),
    grants: listOf(grantFields).optional(),
  },
  { error: fields },
);

const region = z.strictObject({ keys: listOf(key).optional() }, { error: fields });

const account = z.strictObject(
  {
    id: accountId,
    rootAccessKeys: listOf(z.strictObject({ accessKeyId, secretAccessKey }, { error: fields })).optional(),
    ...identityFields,
    regions: z.record(regionName, region, { error: 'must be a mapping of Regions' }).optional(),
  },
  { error: fields },
);

const file = z.strictObject(
  { accounts: listOf(account) },
  { error: 'it must hold accounts:, or Keys: and Aliases: as local-kms has them' },
);

type KeyFields = z.infer<typeof key>;
type AccountFields = z.infer<typeof account>;

/** Reads Keyhaven's own form of a seed file. Throws StartRefusal. */
export function readOwnFormat(document: SeedDocument): Seed {
  const parsed = file.safeParse(document.values);
  if (!parsed.success) throw document.refusalOf(parsed.error);
  const { accounts } = parsed.data;
  refuseRepeated(
    document,
    accounts.map(({ id }, index) => ({ name: id, at: ['accounts', index, 'id'] })),
  );
  refuseRepeated(document, accounts.flatMap(accessKeysOf));
  return {
    path: document.path,
    accounts: accounts.map((one, index) => readAccount(document, one, ['accounts', index])),
  };
}

/** Every access key of an account, in the order of the fields here, with where it stands. */
function accessKeysOf(
  { rootAccessKeys = [], users = [], services = [] }: AccountFields,
  index: number,
): readonly { readonly name: string; readonly at: SeedPath }[] {
  const named = (keys: readonly { readonly accessKeyId: string }[] | undefined, at: SeedPath) =>
    (keys ?? []).map(({ accessKeyId: name }, place) => ({ name, at: [...at, place, 'accessKeyId'] }));
  const account = ['accounts', index];
  return [
    ...named(rootAccessKeys, [...account, 'rootAccessKeys']),
    ...users.flatMap((user, place) => named(user.accessKeys, [...account, 'users', place, 'accessKeys'])),
    ...services.flatMap((one, place) => named(one.accessKeys, [...account, 'services', place, 'accessKeys'])),
  ];
}

function readAccount(document: SeedDocument, one: AccountFields, at: SeedPath): SeedAccount {
  return {
    accountId: one.id,
    rootAccessKeys: (one.rootAccessKeys ?? []).map((accessKey, index) => ({
      accessKeyId: accessKey.accessKeyId,
      secretAccessKey: Secret.take(Buffer.from(accessKey.secretAccessKey, 'utf8')),
      status: 'Active',
      line: document.lineOf([...at, 'rootAccessKeys', index]),
    })),
    identities: readIdentities(document, one.id, one, at),
    regions: Object.entries(one.regions ?? {}).map(([name, { keys = [] }]) =>
      readRegion(document, { accountId: one.id, region: name }, keys, [...at, 'regions', name, 'keys']),
    ),
  };
}

function readRegion(
  document: SeedDocument,
  scope: { readonly accountId: string; readonly region: string },
  given: readonly KeyFields[],
  at: SeedPath,
): SeedRegion {
  const aliases = given.flatMap((one, index) =>
    (one.aliases ?? []).map((name, place) => ({ name, at: [...at, index, 'aliases', place] })),
  );
  refuseRepeated(document, aliases);
  let place = 0;
  const keys = given.map((one, index) => {
    const [alias] = one.aliases ?? [];
    const identity =
      alias === undefined ? { kind: 'place' as const, place } : { kind: 'alias' as const, aliasName: alias };
    if (one.keyId === undefined && alias === undefined) place += 1;
    const id = one.keyId ?? seedKeyId(scope.accountId, scope.region, identity);
    return readKey(document, id, one, [...at, index]);
  });
  refuseRepeated(
    document,
    keys.map(({ keyId: name }, index) => ({ name, at: [...at, index, 'keyId'] })),
  );
  return { region: scope.region, keys };
}

function readKey(document: SeedDocument, id: string, one: KeyFields, at: SeedPath): SeedKey {
  if ((one.aliases ?? []).length > mostAliasesOfAKey) {
    throw document.refusal([...at, 'aliases'], `must be at most ${mostAliasesOfAKey}`);
  }
  const { policy } = one;
  return {
    keyId: id,
    description: one.description ?? '',
    spec: readKeySpec(document, one.keySpec ?? 'SYMMETRIC_DEFAULT', [...at, 'keySpec']),
    materials: readMaterials(document, one.material ?? [], [...at, 'material']),
    aliases: one.aliases ?? [],
    tags: readSeedTags(document, one.tags ?? {}, [...at, 'tags']),
    policy:
      policy === undefined
        ? undefined
        : {
            text: typeof policy === 'string' ? policy : JSON.stringify(policy),
            line: document.lineOf([...at, 'policy']),
          },
    grants: readSeedGrants(document, one.grants ?? [], [...at, 'grants']),
    nextRotationAt: undefined,
  };
}

function readKeySpec(document: SeedDocument, name: string, at: SeedPath): KeySpecRow {
  const spec = findKeySpec(name);
  if (spec?.type !== 'symmetric')
    throw document.refusal(at, 'is not supported by this version, which has SYMMETRIC_DEFAULT');
  return spec;
}
