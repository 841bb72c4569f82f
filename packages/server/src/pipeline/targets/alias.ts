import { aliasNotFound, aliasTargetIsAlias, keyNotFound } from '@keyhaven/api-model';
import type { Permission } from '../../authorization/permission.ts';
import type { Caller } from '../../authentication/caller.ts';
import { assertAliasNameIsTheirs } from '../../keys/alias-name.ts';
import { aliasArn, keyArn } from '../../keys/key-arn.ts';
import type { AliasRow, KmsKey } from '../../keys/kms-key.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { LoadingCall, Target } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { findKey } from './find-key.ts';

/** An alias that is to be made, and the key it will refer to. */
export interface NewAlias {
  readonly existing: AliasRow | undefined;
  readonly newTarget: KmsKey;
}

/** An alias that exists, and the key it refers to. */
export interface ExistingAlias {
  readonly alias: AliasRow;
  readonly target: KmsKey;
}

export interface RetargetedAlias extends ExistingAlias {
  readonly newTarget: KmsKey;
}

/** CreateAlias: needs the permission on the alias (IAM) and on the key. */
export function newAliasTarget(): Target<
  { readonly AliasName: string; readonly TargetKeyId: string },
  NewAlias
> {
  const action = 'kms:CreateAlias';
  return {
    load(call, ports) {
      const { accountId, region } = call.caller;
      assertAliasNameIsTheirs(call.input.AliasName);
      return andThen(findTarget(call.input.TargetKeyId, call, ports, action), (newTarget) =>
        andThen(ports.directory.readAlias(accountId, region, call.input.AliasName), (existing) => ({
          existing,
          newTarget,
        })),
      );
    },
    permissions: ({ newTarget }, { caller, input }) => [
      aliasPermission(action, caller, input.AliasName),
      { kind: 'key', action, key: newTarget },
    ],
    keys: ({ newTarget }) => [newTarget],
  };
}

/** UpdateAlias: needs the permission on the alias, on the current key and on the new one; the new one's state counts. */
export function retargetedAliasTarget(): Target<
  { readonly AliasName: string; readonly TargetKeyId: string },
  RetargetedAlias
> {
  const action = 'kms:UpdateAlias';
  return {
    load(call, ports) {
      assertAliasNameIsTheirs(call.input.AliasName);
      return andThen(findExisting(call, ports), (existing) =>
        andThen(findTarget(call.input.TargetKeyId, call, ports, action), (newTarget) => ({
          ...existing,
          newTarget,
        })),
      );
    },
    permissions: ({ target, newTarget }, { caller, input }) => [
      aliasPermission(action, caller, input.AliasName),
      { kind: 'key', action, key: target },
      { kind: 'key', action, key: newTarget },
    ],
    keys: ({ newTarget }) => [newTarget],
  };
}

/** DeleteAlias: needs the permission on the alias and on the key. */
export function deletedAliasTarget(): Target<{ readonly AliasName: string }, ExistingAlias> {
  const action = 'kms:DeleteAlias';
  return {
    load(call, ports) {
      assertAliasNameIsTheirs(call.input.AliasName);
      return findExisting(call, ports);
    },
    permissions: ({ target }, { caller, input }) => [
      aliasPermission(action, caller, input.AliasName),
      { kind: 'key', action, key: target },
    ],
    keys: ({ target }) => [target],
  };
}

function aliasPermission(action: string, caller: Caller, aliasName: string): Permission {
  const resourceArn = aliasArn(caller.accountId, caller.region, aliasName);
  return { kind: 'account', action, resourceArn, accountId: caller.accountId };
}

function findTarget(
  targetKeyId: string,
  call: LoadingCall<unknown>,
  ports: Ports,
  action: string,
): Maybe<KmsKey> {
  if (targetKeyId.startsWith('alias/') || targetKeyId.includes(':alias/')) throw aliasTargetIsAlias();
  return findKey(targetKeyId, 'idOrArn', call, ports, action);
}

function findExisting(call: LoadingCall<{ readonly AliasName: string }>, ports: Ports): Maybe<ExistingAlias> {
  const { accountId, region } = call.caller;
  return andThen(ports.directory.readAlias(accountId, region, call.input.AliasName), (alias) => {
    if (alias === undefined) throw aliasNotFound(aliasArn(accountId, region, call.input.AliasName));
    const keyId = alias.target_key_id;
    return andThen(ports.directory.readKey({ accountId, region, keyId }), (target) => {
      if (target === undefined) throw keyNotFound(keyArn(accountId, region, keyId));
      return { alias, target };
    });
  });
}
