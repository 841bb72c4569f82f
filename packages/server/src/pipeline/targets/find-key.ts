import { aliasNotFound, type AwsError, keyNotFound } from '@keyhaven/api-model';
import { foreignKeyDenied } from '../../authorization/refusal.ts';
import { aliasArn, keyArn } from '../../keys/key-arn.ts';
import { type AcceptedForms, type KeyReference, parseKeyReference } from '../../keys/key-reference.ts';
import type { KmsKey } from '../../keys/kms-key.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { LoadingCall } from '../operation.ts';
import type { Ports } from '../ports.ts';

/**
 * Whose keys an operation reaches. Those that take every form of a key's name are, but for a few, those that other accounts
 * may be allowed ("AWS KMS permissions", column "Cross-account use", KMS Developer Guide).
 */
export type Reach = 'own account' | 'any account';

export const reachOf = (accepts: AcceptedForms): Reach => (accepts === 'any' ? 'any account' : 'own account');

/**
 * The key that a `KeyId` member names, in whichever of its forms. `action` is what a refusal speaks of. A key that another
 * account does not have is refused as one that the caller may not use is.
 */
export function findKey(
  keyId: string,
  accepts: AcceptedForms,
  call: LoadingCall<unknown>,
  ports: Ports,
  action: string,
  reach: Reach = reachOf(accepts),
): Maybe<KmsKey> {
  const { caller, fresh } = call;
  const { region } = caller;
  const reference = parseKeyReference(keyId, caller, accepts);
  const { accountId } = reference;
  const isForeign = accountId !== caller.accountId;
  const notFound = (own: () => AwsError) =>
    isForeign ? foreignKeyDenied(caller, action, arnOf(reference, region)) : own();
  // Before anything is looked up, so that neither text nor time tells whether the other account has such a key.
  if (isForeign && reach === 'own account') throw foreignKeyDenied(caller, action, arnOf(reference, region));
  if (reference.kind === 'key') return loadKey(reference.keyId);

  const alias = fresh
    ? ports.directory.readAlias(accountId, region, reference.aliasName)
    : ports.directory.findAlias(accountId, region, reference.aliasName);
  return andThen(alias, (row) => {
    if (row === undefined) throw notFound(() => aliasNotFound(arnOf(reference, region)));
    return loadKey(row.target_key_id);
  });

  function loadKey(id: string): Maybe<KmsKey> {
    const address = { accountId, region, keyId: id };
    const found = fresh ? ports.directory.readKey(address) : ports.directory.findKey(address);
    return andThen(found, (key) => {
      if (key === undefined) throw notFound(() => keyNotFound(keyArn(accountId, region, id)));
      return key;
    });
  }
}

/** Of a key in another account it is what the caller wrote: only ARNs reach there. */
function arnOf(reference: KeyReference, region: string): string {
  return reference.kind === 'key'
    ? keyArn(reference.accountId, region, reference.keyId)
    : aliasArn(reference.accountId, region, reference.aliasName);
}
