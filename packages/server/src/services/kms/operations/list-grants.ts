import {
  flag,
  grantId,
  grantList,
  keyId,
  limit,
  marker,
  notBoth,
  onlyForServices,
  principalId,
  required,
  servicePrincipal,
} from '@keyhaven/api-model';
import { grantEntries } from '../../../grants/grant-entry.ts';
import { assertGrantId } from '../../../grants/grant-id.ts';
import { addressOf } from '../../../keys/kms-key.ts';
import { operation } from '../../../pipeline/operation.ts';
import { cutPage, pageSize } from '../../../pipeline/page.ts';
import { listedGrantsTarget } from '../../../pipeline/targets/listed-grants.ts';

/** Lists the grants of a key. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html */
export const ListGrants = operation({
  name: 'ListGrants',
  access: 'read',
  input: {
    Limit: limit,
    Marker: marker,
    KeyId: required(keyId),
    GrantId: grantId,
    GranteePrincipal: principalId,
    GranteeServicePrincipal: servicePrincipal,
  },
  output: { Grants: grantList, NextMarker: marker, Truncated: flag() },
  target: listedGrantsTarget(),
  recorded: ['KeyId', 'GrantId', 'GranteePrincipal', 'GranteeServicePrincipal', 'Limit', 'Marker'],
  check({ GrantId, GranteePrincipal, GranteeServicePrincipal }) {
    if (GrantId !== undefined) assertGrantId(GrantId);
    if (GranteePrincipal !== undefined && GranteeServicePrincipal !== undefined)
      throw notBoth('GranteePrincipal', 'GranteeServicePrincipal');
  },
  async act({ input, caller, loaded: { key, granteeKey } }, { grantListings, identities, markers }) {
    if (input.GranteeServicePrincipal !== undefined && caller.principal.kind !== 'service')
      throw onlyForServices('GranteeServicePrincipal');
    const listing = ['ListGrants', key.arn, input.GrantId ?? '', granteeKey ?? ''];
    const size = pageSize(input.Limit, { default: 50, most: 100 });
    const after = markers.open(listing, input.Marker);
    const filter = { grantId: input.GrantId, granteeKey };
    const rows = await grantListings.ofKey(addressOf(key.row), filter, after, size + 1);
    const page = cutPage(rows, size, ({ grant_id }) => markers.seal(listing, grant_id));
    const Grants = await grantEntries(page.items, identities);
    return { output: { Grants, NextMarker: page.nextMarker, Truncated: page.truncated } };
  },
});
