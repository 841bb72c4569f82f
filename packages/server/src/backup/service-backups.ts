import type { Journal } from '../audit/journal.ts';
import type { Clock } from '../clock.ts';
import type { Keyring } from '../domain-keys/keyring.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { type BackupParts, type BackupRequest, type BackupResult, createBackup } from './create-backup.ts';
import { createManifestAuthenticator, createScratchVerifier } from './verify-store.ts';

/** What of a running service is backed up, and with what. */
export interface BackedUpService {
  readonly folder: DataFolder;
  readonly installationId: string;
  readonly keyring: Keyring;
  readonly audit: { readonly journal: Journal };
  readonly clock: Clock;
}

/** The backups of a running service: one at a time, and none beyond its end. */
export class ServiceBackups {
  readonly #parts: BackupParts;
  readonly #stopped = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(service: BackedUpService, betweenJobs: BackupParts['betweenJobs']) {
    const { folder, installationId, keyring, audit, clock } = service;
    this.#parts = {
      folder,
      installationId,
      clock,
      journal: audit.journal,
      betweenJobs,
      authenticate: createManifestAuthenticator(keyring),
      verifyScratch: createScratchVerifier(keyring, installationId, clock),
    };
  }

  /** Throws a StartRefusal, also while another backup is under way. */
  async create(request: Omit<BackupRequest, 'signal'>): Promise<BackupResult> {
    if (this.#running !== undefined || this.#stopped.signal.aborted) {
      throw new BackupRefusal('A backup is under way already.', 'Wait for its end.');
    }
    const running = createBackup(this.#parts, { ...request, signal: this.#stopped.signal });
    this.#running = running.catch(() => undefined);
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Ends the backup under way, of which nothing is left; resolves when that is so. Before keys and store are closed. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }
}
