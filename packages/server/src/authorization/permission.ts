import type { ConditionValues, Grant, GrantConstraints } from '@keyhaven/policy';
import type { KmsKey } from '../keys/kms-key.ts';

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

/**
 * One permission that a request needs: an IAM action on a KMS key, or on something that only IAM governs. `conditions` is
 * what the request says for condition keys; nothing, where it is left out.
 */
export type Permission = { readonly conditions?: ConditionValues } & (
  | {
      readonly kind: 'key';
      readonly action: string;
      readonly key: KmsKey;
      /** Decrypt without a key id: the refusal must not tell an unknown key from a forbidden one. */
      readonly concealed?: boolean;
      /** CreateGrant: what the new grant gives. A grant lets the caller in only where that may be passed on (`mayPassOn`). */
      readonly newGrant?: Pick<Grant, 'operations' | 'constraints'>;
      /** RetireGrant: what decides in the place of the key policy. */
      readonly retirement?: Retirement;
    }
  | {
      readonly kind: 'account';
      readonly action: string;
      /** An alias ARN, `*`, or undefined where AWS's text names no resource. */
      readonly resourceArn: string | undefined;
      readonly accountId: string;
    }
);
