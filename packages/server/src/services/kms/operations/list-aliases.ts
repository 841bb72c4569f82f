import { aliasList, flag, keyId, limit, marker } from '@keyhaven/api-model';
import { predefinedAliasesAfter } from '../../../keys/aws-managed-keys.ts';
import { aliasArn } from '../../../keys/key-arn.ts';
import type { AliasRow } from '../../../keys/kms-key.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { cutPage, pageSize } from '../../../pipeline/page.ts';
import { optionalKeyTarget } from '../../../pipeline/targets/optional-key.ts';

/** Lists aliases by name, those of AWS managed keys among them. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html */
export const ListAliases = operation({
  name: 'ListAliases',
  access: 'read',
  input: { KeyId: keyId, Limit: limit, Marker: marker },
  output: { Aliases: aliasList, NextMarker: marker, Truncated: flag() },
  target: optionalKeyTarget('ListAliases'),
  recorded: ['KeyId', 'Limit', 'Marker'],
  act({ input, caller: { accountId, region }, loaded: { key } }, { listings, markers }) {
    const targetKeyId = key?.row.key_id;
    const listing = ['ListAliases', accountId, region, targetKeyId ?? ''];
    const size = pageSize(input.Limit, { default: 50, most: 100 });
    const after = markers.open(listing, input.Marker);
    return andThen(listings.aliases({ accountId, region, targetKeyId }, after, size + 1), (stored) => {
      const predefined = targetKeyId === undefined ? predefinedAliasesAfter(after) : [];
      const merged = mergeByName(stored, predefined, size + 1);
      const page = cutPage(merged, size, ({ name }) => markers.seal(listing, name));
      const Aliases = page.items.map(({ name, row }) => ({
        AliasName: name,
        AliasArn: aliasArn(accountId, region, name),
        TargetKeyId: row?.target_key_id,
        CreationDate: row?.created_at,
        LastUpdatedDate: row?.updated_at,
      }));
      return { output: { Aliases, NextMarker: page.nextMarker, Truncated: page.truncated } };
    });
  },
});

interface ListedAlias {
  readonly name: string;
  /** Undefined for a predefined alias whose AWS managed key does not exist yet. */
  readonly row: AliasRow | undefined;
}

function mergeByName(
  stored: readonly AliasRow[],
  predefined: readonly string[],
  most: number,
): readonly ListedAlias[] {
  const rows = new Map(stored.map((row) => [row.alias_name, row]));
  const names = predefined.filter((name) => !rows.has(name));
  // Names beyond the last of a full page of stored aliases fall off: they belong to a later page.
  return [...rows.keys(), ...names]
    .sort((a, b) => (a < b ? -1 : 1))
    .slice(0, most)
    .map((name) => ({ name, row: rows.get(name) }));
}
