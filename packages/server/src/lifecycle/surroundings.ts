import type { SecurityLog } from '../audit/security-log.ts';
import type { SystemClock } from '../clock.ts';
import type { ServiceOptions } from '../config/service-options.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import type { Alarm } from '../telemetry/alarm.ts';

/** What a test puts in the place of the real thing. */
export interface Seams {
  /** How many keys' material may be in memory at once. */
  readonly mostKeysInUse?: number;
  /** How many grants a key may have. */
  readonly mostGrantsOfAKey?: number;
  /** Asked before each settling: while it answers true, multi-Region keys stay Creating or Updating. */
  readonly isSettlingHeld?: () => boolean;
}

/** What is there from the start of the process to its end, whether the service is sealed or not. */
export interface Surroundings {
  readonly options: ServiceOptions;
  readonly folder: DataFolder;
  readonly clock: SystemClock;
  readonly alarm: Alarm;
  readonly securityLog: SecurityLog;
  /** The root certificates of attestation documents, DER. */
  readonly attestationRoots: readonly Uint8Array[];
  /** Told when nothing can be acknowledged any more. */
  readonly onFailure: (error: Error) => void;
  /** Whether the folder is still this process's alone. */
  readonly isFolderHeld: () => boolean;
  readonly seams: Seams;
}
