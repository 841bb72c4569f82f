import type { Target } from '../operation.ts';

/** Operations without a key, which only IAM governs: CreateKey, ListKeys, GenerateRandom. */
export function accountTarget(action: string): Target<unknown, undefined> {
  return {
    load: () => undefined,
    permissions: (_loaded, { caller }) => [
      { kind: 'account', action: `kms:${action}`, resourceArn: '*', accountId: caller.accountId },
    ],
    keys: () => [],
  };
}
