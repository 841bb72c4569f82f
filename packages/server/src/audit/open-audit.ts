import type { Clock } from '../clock.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { Journal } from './journal.ts';
import { recoverOutbox } from './outbox-recovery.ts';
import { OutboxTrimmer } from './outbox-trimmer.ts';
import { renderServiceEvent } from './record.ts';

export interface Audit {
  readonly journal: Journal;
  readonly outbox: OutboxTrimmer;
}

/** Opens the journal whole: a torn tail cut and told, and every committed change's record in it. */
export async function openAudit(
  folder: DataFolder,
  installationId: string,
  storage: IntegrityStorage,
  clock: Clock,
  alarm: Alarm,
): Promise<Audit> {
  const journal = Journal.open(folder.journal, installationId, (cutBytes, keptAs) => {
    alarm.raise('journal tail cut', { cutBytes, keptAs });
    return renderServiceEvent('JournalTailCut', clock.now(), { cutBytes, keptAs }).record;
  });
  await recoverOutbox(storage, journal, folder.journal);
  return { journal, outbox: new OutboxTrimmer(storage, journal, alarm) };
}
