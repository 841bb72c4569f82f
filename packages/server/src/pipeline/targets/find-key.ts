import { aliasNotFound, keyNotFound } from '@keyhaven/api-model';
import { foreignKeyDenied } from '../../authorization/authorize.ts';
import { aliasArn, keyArn } from '../../keys/key-arn.ts';
import { type AcceptedForms, type KeyReference, parseKeyReference } from '../../keys/key-reference.ts';
import type { KmsKey } from '../../keys/kms-key.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { LoadingCall } from '../operation.ts';
import type { Ports } from '../ports.ts';

/** The key that a `KeyId` member names, in whichever of its forms. `action` is what a refusal speaks of. */
export function findKey(
  keyId: string,
  accepts: AcceptedForms,
  call: LoadingCall<unknown>,
  ports: Ports,
  action: string,
): Maybe<KmsKey> {
  const { caller, fresh } = call;
  const { region } = caller;
  const reference = parseKeyReference(keyId, caller, accepts);
  const { accountId } = reference;
  // Before anything is looked up, so that neither text nor time tells whether the other account has such a key.
  if (accountId !== caller.accountId) throw foreignKeyDenied(caller, action, arnOf(reference, region));
  if (reference.kind === 'key') return loadKey(reference.keyId);

  const alias = fresh
    ? ports.directory.readAlias(accountId, region, reference.aliasName)
    : ports.directory.findAlias(accountId, region, reference.aliasName);
  return andThen(alias, (row) => {
    if (row === undefined) throw aliasNotFound(arnOf(reference, region));
    return loadKey(row.target_key_id);
  });

  function loadKey(id: string): Maybe<KmsKey> {
    const address = { accountId, region, keyId: id };
    const found = fresh ? ports.directory.readKey(address) : ports.directory.findKey(address);
    return andThen(found, (key) => {
      if (key === undefined) throw keyNotFound(keyArn(accountId, region, id));
      return key;
    });
  }
}

function arnOf(reference: KeyReference, region: string): string {
  return reference.kind === 'key'
    ? keyArn(reference.accountId, region, reference.keyId)
    : aliasArn(reference.accountId, region, reference.aliasName);
}
