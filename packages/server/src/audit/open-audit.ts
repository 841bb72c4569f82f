import { existsSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { headTable } from '../storage/tables.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { Journal } from './journal.ts';
import { recoverOutbox } from './outbox-recovery.ts';
import { OutboxTrimmer } from './outbox-trimmer.ts';
import { renderServiceEvent } from './record.ts';
import { listSegments } from './segment.ts';

export interface Audit {
  readonly journal: Journal;
  readonly outbox: OutboxTrimmer;
  /** Whether it began at this start, although the store had one before: what the other one told is not known. */
  readonly isNew: boolean;
}

/** Opens the journal whole: what was cut off its end kept and told, and every committed change's record in it. */
export async function openAudit(
  folder: DataFolder,
  installationId: string,
  storage: IntegrityStorage,
  clock: Clock,
  alarm: Alarm,
): Promise<Audit> {
  const isMissing = await isJournalMissing(folder, storage);
  const journal = Journal.open(folder.journal, installationId, {
    describeCut: (cut) => {
      const event = cut.cutLines === 0 ? tornTail : brokenChain;
      alarm.raise(event.alarm, { ...cut });
      return renderServiceEvent(event.name, clock.now(), { ...cut }).record;
    },
    describeGap: (records) => renderServiceEvent('JournalRecordsDropped', clock.now(), { records }).record,
  });
  if (isMissing) {
    alarm.raise('journal missing: a new one begins', { folder: folder.journal });
    journal.append([renderServiceEvent('JournalMissing', clock.now(), {}).record]);
  }
  await recoverOutbox(storage, journal, folder.journal);
  return { journal, outbox: new OutboxTrimmer(storage, journal, alarm), isNew: isMissing };
}

/** What a kill leaves: part of one line, which nothing was answered for. */
const tornTail = { name: 'JournalTailCut', alarm: 'journal tail cut' };
/** Whole lines that do not follow the chain: a power cut lost some before them, or somebody changed the journal. */
const brokenChain = {
  name: 'JournalChainBroken',
  alarm: 'journal chain broken: what is behind the break is kept aside',
};

/** Whether something was committed in a Region, and yet no journal is there: every such commit has a record. */
async function isJournalMissing(folder: DataFolder, storage: IntegrityStorage): Promise<boolean> {
  if (existsSync(folder.journal) && listSegments(folder.journal).length > 0) return false;
  const [heads] = await storage.snapshot(select(headTable, {}, { limit: 1 }));
  return heads.length > 0;
}
