import type { ConditionValues } from '@keyhaven/policy';
import type { KmsKey } from '../keys/kms-key.ts';

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
    }
  | {
      readonly kind: 'account';
      readonly action: string;
      /** An alias ARN, `*`, or undefined where AWS's text names no resource. */
      readonly resourceArn: string | undefined;
      readonly accountId: string;
    }
);
