import type { Operation, Target } from '../pipeline/operation.ts';
import { keyTarget, type OneKey } from '../pipeline/targets/key.ts';
import type { Permission } from '../authorization/permission.ts';
import { noSuchAction, QuestionRefusal } from './refusals.ts';

/** Where a supposed request is made: what it names, and what that refers to. */
export interface SupposedKey {
  /** The ARN of a key or alias, as the request names it. */
  readonly named: string;
  readonly keyArn: string;
  /** Of an alias ARN. */
  readonly aliasName: string | undefined;
}

/** The operation that an action belongs to, and a request that asks for it. */
export interface SupposedOperation {
  readonly name: string;
  readonly target: Operation['target'];
  readonly input: Readonly<Record<string, unknown>>;
}

type Input = Readonly<Record<string, unknown>>;

/** Of ReEncrypt, each action has a key of its own; the other one's permission is not asked about. */
const reEncrypt = ({ named }: SupposedKey): Input => ({ SourceKeyId: named, DestinationKeyId: named });

/** The members that name the key, where it is not `KeyId`. */
const inputs: Readonly<Record<string, (key: SupposedKey) => Input>> = {
  'kms:ReEncryptFrom': reEncrypt,
  'kms:ReEncryptTo': reEncrypt,
  // Which alias is not said where a key is named: policies for all aliases match.
  'kms:CreateAlias': ({ keyArn, aliasName = 'alias/*' }) => ({ AliasName: aliasName, TargetKeyId: keyArn }),
  'kms:UpdateAlias': ({ keyArn, aliasName }) => ({ AliasName: aliasName, TargetKeyId: keyArn }),
  'kms:DeleteAlias': ({ aliasName }) => ({ AliasName: aliasName }),
  // The permission is on the key, whichever grant it is.
  'kms:RevokeGrant': ({ named }) => ({ KeyId: named, GrantId: '0'.repeat(64) }),
};

/** Which grant is to be retired is not supposed. */
const targets: Readonly<Record<string, Operation['target']>> = {
  'kms:RetireGrant': retiringTarget(keyTarget('idOrArn', 'RetireGrant', 'any account')),
};

const needAlias: ReadonlySet<string> = new Set(['kms:UpdateAlias', 'kms:DeleteAlias']);

function retiringTarget(target: Target<{ readonly KeyId: string }, OneKey>): typeof target {
  const constraints = {
    encryptionContextEquals: undefined,
    encryptionContextSubset: undefined,
    sourceArn: undefined,
  };
  return {
    load: (call, ports) => target.load(call, ports),
    keys: (loaded) => target.keys(loaded),
    permissions: (loaded, call, action): readonly Permission[] =>
      [...target.permissions(loaded, call, action)].map((permission) => {
        if (permission.kind !== 'key') return permission;
        const isOwn = permission.key.row.account_id === call.caller.accountId;
        const accountId = isOwn ? call.caller.accountId : undefined;
        return { ...permission, retirement: { grant: undefined, accountId, constraints } };
      }),
  };
}

/** Throws QuestionRefusal for an action that this version's operations do not take, and for a key too many or too few. */
export function supposeOperation(
  action: string,
  key: SupposedKey | undefined,
  operations: ReadonlyMap<string, Operation>,
): SupposedOperation {
  const actions = actionsOf(operations);
  const operation = actions.get(action.toLowerCase())?.operation;
  const name = actions.get(action.toLowerCase())?.action;
  if (operation === undefined || name === undefined)
    throw noSuchAction(
      action,
      [...actions.values()].map((one) => one.action),
    );
  const target = targets[name] ?? operation.target;
  if (key === undefined) {
    if (takesKey(name, operation) && name !== 'kms:ListAliases')
      throw new QuestionRefusal(`${name} is asked of a key.`, 'Name one by its key ARN or alias ARN.');
    return { name: operation.name, target, input: {} };
  }
  if (!takesKey(name, operation))
    throw new QuestionRefusal(`${name} is not asked of a key.`, 'Leave the key out, and name a Region.');
  if (needAlias.has(name) && key.aliasName === undefined)
    throw new QuestionRefusal(`${name} is asked of an alias.`, 'Name it by its ARN: ...:alias/NAME.');
  return { name: operation.name, target, input: inputs[name]?.(key) ?? { KeyId: key.named } };
}

const takesKey = (action: string, { input }: Operation): boolean => 'KeyId' in input || action in inputs;

/** The actions that are asked of a key alone: an alias asks for its own permission too, and retiring is a matter of a grant. */
export function keyActions(operations: ReadonlyMap<string, Operation>): readonly string[] {
  const known = [...actionsOf(operations).values()];
  return known
    .filter(({ action, operation }) => takesKey(action, operation) && !notOfKeyAlone.has(action))
    .map(({ action }) => action);
}

const notOfKeyAlone: ReadonlySet<string> = new Set([
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:ListAliases',
  'kms:RetireGrant',
  'kms:UpdateAlias',
]);

interface KnownAction {
  readonly action: string;
  readonly operation: Operation;
}

/** By the action in lower case: IAM takes any. */
function actionsOf(operations: ReadonlyMap<string, Operation>): ReadonlyMap<string, KnownAction> {
  const known = [...operations.values()].flatMap((operation) =>
    actionNames(operation.name).map((name) => ({ action: `kms:${name}`, operation })),
  );
  return new Map(known.map((one) => [one.action.toLowerCase(), one]));
}

const actionNames = (operation: string): readonly string[] =>
  operation === 'ReEncrypt' ? ['ReEncryptFrom', 'ReEncryptTo'] : [operation];
