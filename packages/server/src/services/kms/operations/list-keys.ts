import { flag, keyList, limit, marker } from '@keyhaven/api-model';
import { keyArn } from '../../../keys/key-arn.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { cutPage, pageSize } from '../../../pipeline/page.ts';
import { accountTarget } from '../../../pipeline/targets/account.ts';

/** Lists every KMS key of the account and Region, in every state. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html */
export const ListKeys = operation({
  name: 'ListKeys',
  access: 'read',
  input: { Limit: limit, Marker: marker },
  output: { Keys: keyList, NextMarker: marker, Truncated: flag() },
  target: accountTarget('ListKeys'),
  recorded: ['Limit', 'Marker'],
  act({ input, caller: { accountId, region } }, { listings, markers }) {
    const listing = ['ListKeys', accountId, region];
    const size = pageSize(input.Limit, { default: 100, most: 1000 });
    const after = markers.open(listing, input.Marker);
    return andThen(listings.keys(accountId, region, after, size + 1), (rows) => {
      const page = cutPage(rows, size, ({ key_id }) => markers.seal(listing, key_id));
      const Keys = page.items.map(({ key_id }) => ({
        KeyId: key_id,
        KeyArn: keyArn(accountId, region, key_id),
      }));
      return { output: { Keys, NextMarker: page.nextMarker, Truncated: page.truncated } };
    });
  },
});
