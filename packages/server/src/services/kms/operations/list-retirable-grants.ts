import {
  exactlyOneOf,
  flag,
  grantList,
  limit,
  marker,
  principalId,
  servicePrincipal,
} from '@keyhaven/api-model';
import { grantEntries } from '../../../grants/grant-entry.ts';
import { operation } from '../../../pipeline/operation.ts';
import { cutPage, pageSize } from '../../../pipeline/page.ts';
import { retiringPrincipalTarget } from '../../../pipeline/targets/retiring-principal.ts';

/**
 * Lists the grants that a principal may retire, on the keys of every account in the Region.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html
 */
export const ListRetirableGrants = operation({
  name: 'ListRetirableGrants',
  access: 'read',
  input: {
    Limit: limit,
    Marker: marker,
    RetiringPrincipal: principalId,
    RetiringServicePrincipal: servicePrincipal,
  },
  output: { Grants: grantList, NextMarker: marker, Truncated: flag() },
  target: retiringPrincipalTarget(),
  recorded: ['RetiringPrincipal', 'RetiringServicePrincipal', 'Limit', 'Marker'],
  check({ RetiringPrincipal, RetiringServicePrincipal }) {
    if ((RetiringPrincipal === undefined) === (RetiringServicePrincipal === undefined))
      throw exactlyOneOf('RetiringPrincipal', 'RetiringServicePrincipal');
  },
  async act({ input, caller: { region }, loaded: { retiring } }, { grantListings, identities, markers }) {
    const listing = ['ListRetirableGrants', region, retiring.key];
    const size = pageSize(input.Limit, { default: 50, most: 100 });
    const after = markers.open(listing, input.Marker);
    const rows = await grantListings.retirableBy(region, retiring.key, after, size + 1);
    const page = cutPage(rows, size, ({ grant_id }) => markers.seal(listing, grant_id));
    const Grants = await grantEntries(page.items, identities);
    return { output: { Grants, NextMarker: page.nextMarker, Truncated: page.truncated } };
  },
});
