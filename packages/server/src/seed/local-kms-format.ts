import { mostAliasesOfAKey } from '../keys/alias-name.ts';
import { z } from 'zod';
import { symmetricDefault } from '../keys/key-specs.ts';
import { noIdentities } from './seed-identities.ts';
import { readMaterials, refuseRepeated } from './seed-rules.ts';
import type { Seed, SeedKey } from './seed.ts';
import type { SeedDocument } from './seed-document.ts';
import { aliasName, description, keyId, listOf, material, missingOr, text } from './seed-values.ts';

/**
 * Where the keys of a local-kms seed file go. Its keys belong to account 111122223333 and Region eu-west-2 unless
 * configured, and it accepts any credentials. Here the credentials say which account calls: the keys go to the
 * account of the development credentials `test`/`test`, so that key ids and aliases work as they did; ARNs that
 * hold local-kms's account id need the account changed, or the file written in Keyhaven's own form.
 */
export const localKmsAccount = '000000000000';
export const localKmsRegion = 'eu-west-2';

const unsupported = (what: string) =>
  z.null({ error: `holds ${what}, which this version does not support` }).optional();

const fields = missingOr('must have fields');

const aesKey = z.strictObject(
  {
    Metadata: z.strictObject(
      {
        KeyId: keyId,
        Description: description.nullish(),
        Origin: z
          .literal('AWS_KMS', {
            error: 'must be AWS_KMS: imported key material (EXTERNAL) is not supported by this version',
          })
          .optional(),
        KeyUsage: z
          .literal('ENCRYPT_DECRYPT', { error: 'must be ENCRYPT_DECRYPT for an AES key' })
          .optional(),
      },
      { error: fields },
    ),
    BackingKeys: listOf(material).min(1, { error: 'must hold at least one backing key' }),
    NextKeyRotation: z.iso
      .datetime({ offset: true, error: 'must be a date and time such as 2019-09-12T15:19:21+00:00' })
      .optional(),
  },
  { error: fields },
);

const file = z.strictObject(
  {
    Keys: z
      .strictObject(
        {
          Symmetric: z
            .strictObject(
              { Aes: listOf(aesKey).nullish(), Hmac: unsupported('HMAC keys') },
              { error: fields },
            )
            .nullish(),
          Asymmetric: z
            .strictObject(
              { Rsa: unsupported('asymmetric keys (RSA)'), Ecc: unsupported('asymmetric keys (ECC)') },
              { error: fields },
            )
            .nullish(),
        },
        { error: fields },
      )
      .nullish(),
    Aliases: listOf(
      z.strictObject({ AliasName: aliasName, TargetKeyId: text() }, { error: fields }),
    ).nullish(),
  },
  { error: fields },
);

/** Reads the seed file of local-kms (its README, "Seeding file format"). Throws StartRefusal. */
export function readLocalKmsFormat(document: SeedDocument): Seed {
  const parsed = file.safeParse(document.values);
  if (!parsed.success) throw document.refusalOf(parsed.error);
  const given = parsed.data.Keys?.Symmetric?.Aes ?? [];
  const aliases = parsed.data.Aliases ?? [];
  const keysAt = ['Keys', 'Symmetric', 'Aes'] as const;
  refuseRepeated(
    document,
    given.map(({ Metadata }, index) => ({
      name: Metadata.KeyId,
      at: [...keysAt, index, 'Metadata', 'KeyId'],
    })),
  );
  refuseRepeated(
    document,
    aliases.map(({ AliasName: name }, index) => ({ name, at: ['Aliases', index, 'AliasName'] })),
  );
  const aliasesOf = new Map<string, string[]>(given.map(({ Metadata }) => [Metadata.KeyId, []]));
  for (const [index, { AliasName, TargetKeyId }] of aliases.entries()) {
    const names = aliasesOf.get(TargetKeyId);
    if (names === undefined)
      throw document.refusal(['Aliases', index, 'TargetKeyId'], 'names no key of this file');
    if (names.length >= mostAliasesOfAKey) {
      throw document.refusal(
        ['Aliases', index],
        `is one more than the ${mostAliasesOfAKey} aliases a key may have`,
      );
    }
    names.push(AliasName);
  }
  const keys = given.map((one, index) =>
    readKey(document, one, index, aliasesOf.get(one.Metadata.KeyId) ?? []),
  );
  const regions = [{ region: localKmsRegion, keys }];
  return {
    path: document.path,
    accounts: [{ accountId: localKmsAccount, rootAccessKeys: [], identities: noIdentities, regions }],
  };
}

function readKey(
  document: SeedDocument,
  { Metadata, BackingKeys, NextKeyRotation }: z.infer<typeof aesKey>,
  index: number,
  aliases: readonly string[],
): SeedKey {
  return {
    keyId: Metadata.KeyId,
    description: Metadata.Description ?? '',
    spec: symmetricDefault(),
    materials: readMaterials(document, BackingKeys, ['Keys', 'Symmetric', 'Aes', index, 'BackingKeys']),
    aliases,
    tags: new Map(),
    policy: undefined,
    grants: [],
    nextRotationAt: NextKeyRotation === undefined ? undefined : Date.parse(NextKeyRotation),
  };
}
