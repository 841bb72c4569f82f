export { startService, type Service, type ServiceSeams } from './main.ts';
export type { ServiceOptions } from './config/options.ts';
export { StartRefusal } from './start-refusal.ts';
export type { BackupProgress } from './backup/backup-refusal.ts';
export type { BackupRequest, BackupResult } from './backup/create-backup.ts';
export { restoreBackup, type RestoreOptions, type RestoreResult } from './backup/restore-backup.ts';
export type { SealOpening } from './backup/restored-store.ts';
export { initInstallation, type InitRequest, type InitSecrets } from './init-installation.ts';
