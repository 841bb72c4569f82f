import { mostAliasesOfAKey } from '../../keys/alias-name.ts';
import type { GovernedKey } from '../permission.ts';
import {
  type ConditionRow,
  type JudgedPermission,
  one,
  type RequestFacts,
  some,
  type Values,
  valuesOf,
  yesOrNo,
} from './condition-row.ts';

/*
 * What is asked about: a KMS key that exists, or the one that CreateKey is to make, whose parameters the request has or leaves
 * to their defaults ("AWS KMS condition keys", KMS Developer Guide).
 */

/** What can be said of a key before it exists as well. */
interface KeyKind {
  readonly spec: string;
  readonly usage: string | undefined;
  readonly origin: string;
  readonly multiRegionType: 'PRIMARY' | 'REPLICA' | undefined;
}

function kindOf({ row }: GovernedKey): KeyKind {
  const isPrimary = row.primary_region === row.region;
  return {
    spec: row.key_spec,
    usage: row.key_usage,
    origin: row.origin,
    multiRegionType: row.multi_region === 0 ? undefined : isPrimary ? 'PRIMARY' : 'REPLICA',
  };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Of CreateKey: with the defaults of what is left out. Only symmetric encryption keys have a default usage. */
function kindIn(input: Readonly<Record<string, unknown>>): KeyKind {
  const spec = text(input['KeySpec']) ?? text(input['CustomerMasterKeySpec']) ?? 'SYMMETRIC_DEFAULT';
  return {
    spec,
    usage: text(input['KeyUsage']) ?? (spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined),
    origin: text(input['Origin']) ?? 'AWS_KMS',
    multiRegionType: input['MultiRegion'] === true ? 'PRIMARY' : undefined,
  };
}

function judgedKind({ input }: RequestFacts, permission: JudgedPermission): KeyKind | undefined {
  if (permission.kind === 'key') return kindOf(permission.key);
  if (permission.kind === 'role' || permission.action !== 'kms:CreateKey') return undefined;
  const { replicates } = permission;
  return replicates === undefined ? kindIn(input) : { ...kindOf(replicates.key), multiRegionType: 'REPLICA' };
}

const ofKind =
  (read: (kind: KeyKind) => Values): ConditionRow['valuesIn'] =>
  (request, permission) => {
    const kind = judgedKind(request, permission);
    return kind === undefined ? undefined : read(kind);
  };

const specOf = ofKind(({ spec }) => one(spec));
const usageOf = ofKind(({ usage }) => one(usage));

/** A key with more aliases than its quota satisfies no condition on them: one name stands there that no alias has. */
function aliasesOf({ aliases }: GovernedKey): Values {
  return aliases.length > mostAliasesOfAKey ? [''] : some(aliases.map(({ alias_name }) => alias_name));
}

const isAliasArn = (resourceArn: string | undefined): boolean => resourceArn?.includes(':alias/') === true;

/** Operations on keys and aliases, and the making of a key. */
function isOfCallerAccount(permission: JudgedPermission): boolean {
  return (
    permission.kind === 'key' || permission.action === 'kms:CreateKey' || isAliasArn(permission.resourceArn)
  );
}

export const resourceRows: readonly ConditionRow[] = [
  {
    name: 'aws:ResourceAccount',
    valuesIn: (_request, permission) =>
      one(permission.kind === 'key' ? permission.key.row.account_id : permission.accountId),
  },
  {
    name: 'aws:ResourceTag/',
    isForIamOnly: true,
    valuesIn(_request, permission, rest) {
      if (permission.kind === 'role') return valuesOf(permission.roleTags, rest);
      if (permission.kind === 'account') return undefined;
      return valuesOf(
        permission.key.tags.map(({ tag_key, tag_value }) => [tag_key, tag_value] as const),
        rest,
      );
    },
  },
  {
    name: 'kms:CallerAccount',
    valuesIn: ({ caller }, permission) =>
      caller.principal.kind !== 'service' && isOfCallerAccount(permission)
        ? one(caller.accountId)
        : undefined,
  },
  {
    name: 'kms:ViaService',
    valuesIn: ({ caller }, permission) =>
      permission.kind === 'key' || permission.action === 'kms:CreateKey'
        ? one(caller.service?.viaService)
        : undefined,
  },
  { name: 'kms:KeySpec', valuesIn: specOf },
  { name: 'kms:CustomerMasterKeySpec', valuesIn: specOf },
  { name: 'kms:KeyUsage', valuesIn: usageOf },
  { name: 'kms:CustomerMasterKeyUsage', valuesIn: usageOf },
  { name: 'kms:KeyOrigin', valuesIn: ofKind(({ origin }) => one(origin)) },
  {
    name: 'kms:MultiRegion',
    valuesIn: ofKind(({ multiRegionType }) => yesOrNo(multiRegionType !== undefined)),
  },
  { name: 'kms:MultiRegionKeyType', valuesIn: ofKind(({ multiRegionType }) => one(multiRegionType)) },
  {
    name: 'kms:ResourceAliases',
    isForIamOnly: true,
    valuesIn: (_request, permission) => (permission.kind === 'key' ? aliasesOf(permission.key) : undefined),
  },
];
