import type { CommitResult, UnitOfWork } from '../unit-of-work.ts';

/** What the writer thread is told, in this order: it carries out one message after the other. */
export type ToWriter =
  | {
      readonly kind: 'protect';
      readonly scope: string;
      readonly domainKeyId: string;
      readonly key: Uint8Array;
      readonly isCurrent: boolean;
    }
  | { readonly kind: 'activate'; readonly domainKeyId: string }
  | { readonly kind: 'retire'; readonly domainKeyId: string }
  | { readonly kind: 'commit'; readonly units: readonly UnitOfWork[] }
  | { readonly kind: 'trim'; readonly upToSequence: number }
  | { readonly kind: 'close' };

/** What the writer thread answers: one message for each `commit`, in order, and one for `close`. */
export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'results'; readonly results: readonly CommitResult[] }
  | { readonly kind: 'closed' };
