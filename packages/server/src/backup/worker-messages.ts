import type { BackupProgress } from './backup-refusal.ts';
import type { BackupScratch } from './scratch.ts';
import type { Recipients } from './recipients.ts';
import type { Manifest } from './manifest.ts';

/** What the worker is started with. */
export interface BackupTask {
  readonly database: string;
  readonly sealHeader: string;
  readonly scratch: BackupScratch;
  readonly recipients: Recipients;
  /** Where the backup is written, and what it is called once it has been verified. */
  readonly partial: string;
  readonly final: string;
  readonly about: Pick<Manifest, 'installationId' | 'madeBy' | 'madeAt' | 'journal'>;
}

/** What the worker cannot do by itself, because the keys are not in its thread. */
export type Question =
  | { readonly kind: 'authenticate'; readonly manifest: string; readonly sealHeader: string }
  | { readonly kind: 'verify'; readonly database: string; readonly sealHeader: string };

/** What was written. */
export interface BackupFigures {
  readonly bytes: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Of all tables. */
  readonly rows: number;
}

/** What the worker tells. It asks one question at a time, and waits for its answer. */
export type FromBackupWorker =
  | { readonly kind: 'progress'; readonly progress: BackupProgress }
  | { readonly kind: 'snapshot taken' }
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'done'; readonly figures: BackupFigures }
  | { readonly kind: 'refused'; readonly reason: string; readonly nextStep: string };

/** The answer to a question; a refusal is never answered, it ends the worker. */
export interface ToBackupWorker {
  readonly answer: string;
}
