import { grantNotFound, invalidGrantToken } from '@keyhaven/api-model';
import { foreignKeyDenied } from '../../authorization/refusal.ts';
import { assertGrantId } from '../../grants/grant-id.ts';
import type { GrantRow } from '../../grants/port.ts';
import { retirementOf } from '../../grants/retirement.ts';
import { addressOf } from '../../keys/kms-key.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { LoadingCall, Target } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { findKey } from './find-key.ts';
import type { OneKey } from './key.ts';

interface GrantToRetire {
  readonly GrantToken?: string | undefined;
  readonly KeyId?: string | undefined;
  readonly GrantId?: string | undefined;
}

export interface RetiredGrant extends OneKey {
  readonly grant: GrantRow;
}

const action = 'kms:RetireGrant';

/**
 * RetireGrant: a grant, named by one of its tokens or by its id and key. The grant itself says who may retire it, so it is found
 * first; of a key in another account, what is not there and what is forbidden are answered alike.
 */
export function retiredGrantTarget(): Target<GrantToRetire, RetiredGrant> {
  return {
    load: (call, ports) =>
      call.input.GrantToken === undefined
        ? loadById(call, ports)
        : loadByToken(call.input.GrantToken, call, ports),
    permissions: ({ key, grant }, { caller, input }) => [
      { kind: 'key', action, key, named: input.KeyId, retirement: retirementOf(grant, caller.principal) },
    ],
    keys: ({ key }) => [key],
  };
}

function loadById(call: LoadingCall<GrantToRetire>, ports: Ports): Maybe<RetiredGrant> {
  const { KeyId = '', GrantId = '' } = call.input;
  assertGrantId(GrantId);
  return andThen(findKey(KeyId, 'idOrArn', call, ports, action, 'any account'), (key) =>
    andThen(ports.grantListings.find(addressOf(key.row), GrantId), (grant) => {
      if (grant !== undefined) return { key, grant };
      const isOwn = key.row.account_id === call.caller.accountId;
      throw isOwn ? grantNotFound(GrantId) : foreignKeyDenied(call.caller, action, key.arn);
    }),
  );
}

function loadByToken(token: string, { caller }: LoadingCall<unknown>, ports: Ports): Maybe<RetiredGrant> {
  return andThen(ports.grants.openTokens([token], caller.region), (opened) => {
    const [grant] = opened.values();
    if (grant === undefined) throw invalidGrantToken();
    return andThen(ports.directory.readKey(addressOf(grant)), (key) => {
      if (key === undefined) throw invalidGrantToken();
      return { key, grant };
    });
  });
}
