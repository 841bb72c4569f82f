import type { CompiledPolicy, Grant, GrantConstraints } from '@keyhaven/policy';
import type { AliasRow, KeyRow, KmsKey, TagRow } from '../keys/kms-key.ts';
import type { RolePermission } from './role-permission.ts';

/** What decides on a KMS key: its policy, and what condition keys ask of it. */
export interface GovernedKey {
  readonly row: Pick<
    KeyRow,
    'account_id' | 'region' | 'key_spec' | 'key_usage' | 'origin' | 'multi_region' | 'primary_region'
  >;
  readonly arn: string;
  readonly policy: CompiledPolicy;
  readonly aliases: readonly Pick<AliasRow, 'alias_name'>[];
  readonly tags: readonly Pick<TagRow, 'tag_key' | 'tag_value'>[];
}

/**
 * What lets a caller retire a grant: "This permission is not effective in a key policy" ("RetireGrant", permissions reference,
 * KMS Developer Guide), and its constraints do not apply. So the decision is one without a key policy: IAM, or the grant.
 */
export interface Retirement {
  /** The grant as it lets this caller retire it, with no operation but RetireGrant; undefined where it does not. */
  readonly grant: Grant | undefined;
  /** The account whose IAM policies may allow it as well: the caller's, where it issued the grant or owns the key. */
  readonly accountId: string | undefined;
  /** The constraints of the grant: `kms:EncryptionContext:...` and `kms:GrantConstraintType` of the request. */
  readonly constraints: GrantConstraints;
}

/** An IAM action on a KMS key: its policy, its grants and IAM govern it together. */
export interface KeyPermission<Key extends GovernedKey = KmsKey> {
  readonly kind: 'key';
  readonly action: string;
  readonly key: Key;
  /**
   * The member that named the key. A refusal speaks of a key in another account by this name, so that it does not tell what
   * an alias there refers to.
   */
  readonly named?: string | undefined;
  /** Decrypt without a key id: the refusal must not tell an unknown key from a forbidden one. */
  readonly concealed?: boolean;
  /** ReEncrypt: whether both keys are the same. */
  readonly onSameKey?: boolean;
  /** DisableKey and ScheduleKeyDeletion: since when nobody has used the key, epoch milliseconds. */
  readonly unusedSince?: number;
  /** CreateGrant: what the new grant gives. A grant lets the caller in only where that may be passed on (`mayPassOn`). */
  readonly newGrant?: Pick<Grant, 'operations' | 'constraints'>;
  /** RetireGrant: what decides in the place of the key policy. */
  readonly retirement?: Retirement;
}

/** An IAM action on something that only IAM governs. */
export interface AccountPermission {
  readonly kind: 'account';
  readonly action: string;
  /** An alias ARN, `*`, or undefined where AWS's text names no resource. */
  readonly resourceArn: string | undefined;
  readonly accountId: string;
  /** ReplicateKey: the key that the new one will be like, and the Region where it is made. */
  readonly replicates?: { readonly key: GovernedKey; readonly region: string };
}

/** One permission that a request needs; a target lists all of those that its operation takes. */
export type Permission = KeyPermission | AccountPermission | RolePermission;
