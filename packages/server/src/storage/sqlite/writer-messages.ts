import type { CommitResult, UnitOfWork } from '../unit-of-work.ts';

/** What the writer thread is told. */
export type ToWriter =
  | {
      readonly kind: 'protect';
      readonly scope: string;
      readonly domainKeyId: string;
      readonly key: Uint8Array;
    }
  | { readonly kind: 'commit'; readonly units: readonly UnitOfWork[] }
  | { readonly kind: 'trim'; readonly upToSequence: number }
  | { readonly kind: 'close' };

/** What the writer thread answers: one message for each `commit`, in order, and one for `close`. */
export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'results'; readonly results: readonly CommitResult[] }
  | { readonly kind: 'closed' };
