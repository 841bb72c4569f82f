import { StartRefusal } from '../start-refusal.ts';

/** Why a backup was not made, or not restored, in a sentence, and what to do about it. */
export class BackupRefusal extends StartRefusal {
  constructor(reason: string, nextStep: string) {
    super(reason, nextStep);
    this.name = 'BackupRefusal';
  }
}

/** What a backup or a restore is at. */
export interface BackupProgress {
  readonly text: string;
  readonly done?: number;
  readonly of?: number;
}

export type OnProgress = (progress: BackupProgress) => void;
