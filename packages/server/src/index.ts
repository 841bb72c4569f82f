export { startService, type Service, type ServiceSeams } from './main.ts';
export type { ServiceOptions } from './config/options.ts';
export { StartRefusal } from './start-refusal.ts';
export { initInstallation, type InitRequest, type InitSecrets } from './init-installation.ts';
export { examineFolder, type FolderToExamine } from './examine-folder.ts';
export type { DoctorProgress, DoctorReport } from './integrity/doctor.ts';
export type { Finding } from './integrity/finding.ts';
export { type ReportLine, reportLines } from './integrity/report-lines.ts';
export type { Entered, EnterSecrets } from './installation/unseal-folder.ts';
