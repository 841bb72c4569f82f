import { aliasNotFound, keyNotFound } from '@keyhaven/api-model';
import { foreignKeyDenied } from '../../authorization/authorize.ts';
import { aliasArn, keyArn } from '../../keys/key-arn.ts';
import { type AcceptedForms, parseKeyReference } from '../../keys/key-reference.ts';
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
  if (reference.kind === 'key') return loadKey(reference.keyId);

  const alias = fresh
    ? ports.directory.readAlias(accountId, region, reference.aliasName)
    : ports.directory.findAlias(accountId, region, reference.aliasName);
  return andThen(alias, (row) => {
    if (row !== undefined) return loadKey(row.target_key_id);
    const arn = aliasArn(accountId, region, reference.aliasName);
    throw accountId === caller.accountId ? aliasNotFound(arn) : foreignKeyDenied(caller, action, arn);
  });

  function loadKey(id: string): Maybe<KmsKey> {
    const address = { accountId, region, keyId: id };
    const found = fresh ? ports.directory.readKey(address) : ports.directory.findKey(address);
    return andThen(found, (key) => {
      if (key !== undefined) return key;
      const arn = keyArn(accountId, region, id);
      throw accountId === caller.accountId ? keyNotFound(arn) : foreignKeyDenied(caller, action, arn);
    });
  }
}
