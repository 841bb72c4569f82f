import type { Attestation } from '../attestation/port.ts';
import type { SecurityLog } from '../audit/security-log.ts';
import type { SystemClock } from '../clock.ts';
import type { ServiceOptions } from '../config/service-options.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import type { Alarm } from '../telemetry/alarm.ts';

/** What is there from the start of the process to its end, whether the service is sealed or not. */
export interface Surroundings {
  readonly options: ServiceOptions;
  readonly folder: DataFolder;
  readonly clock: SystemClock;
  readonly alarm: Alarm;
  readonly securityLog: SecurityLog;
  readonly attestation: Attestation;
  /** Told when nothing can be acknowledged any more. */
  readonly onFailure: (error: Error) => void;
  /** Whether the folder is still this process's alone. */
  readonly isFolderHeld: () => boolean;
  /** How many keys' material may be in memory at once. */
  readonly mostKeysInUse: number | undefined;
}
