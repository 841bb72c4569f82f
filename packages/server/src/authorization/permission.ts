import type { KmsKey } from '../keys/kms-key.ts';

/** One permission that a request needs: an IAM action on a KMS key, or on something that only IAM governs. */
export type Permission =
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
    };
