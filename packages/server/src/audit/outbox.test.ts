import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aliasRow, unit } from '../../../testkit/src/contracts/storage.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { aliasTable, auditOutboxTable } from '../storage/tables.ts';
import { insert } from '../storage/unit-of-work.ts';
import { Alarm } from '../telemetry/alarm.ts';
import { Journal } from './journal.ts';
import { recoverOutbox } from './outbox-recovery.ts';
import { OutboxTrimmer } from './outbox-trimmer.ts';

const record = (eventId: string) => JSON.stringify({ eventId });

function openJournal(folder: string): Journal {
  return Journal.open(folder, 'an installation', {
    describeCut: ({ keptAs }) => record(keptAs),
    describeGap: () => record('gap'),
  });
}

/** How often each event is in the journal. */
function timesByEvent(folder: string): Record<string, number> {
  const times: Record<string, number> = {};
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl'))) {
    for (const [, id = ''] of readFileSync(join(folder, name), 'utf8').matchAll(/"eventId":"([^"]*)"/g)) {
      times[id] = (times[id] ?? 0) + 1;
    }
  }
  return times;
}

async function commit(storage: IntegrityStorage, journal: Journal, eventId: string): Promise<number> {
  const { segment, offset } = journal.position;
  const audit = { eventId, record: record(eventId), journalSegment: segment, journalOffset: offset };
  const result = await storage.commit(
    unit([insert(aliasTable, aliasRow(`alias/${eventId}`, 'k'))], { audit }),
  );
  if (result.kind !== 'committed') throw new Error(result.kind);
  return result.outboxSequences[0] ?? 0;
}

async function outboxEvents(storage: IntegrityStorage): Promise<readonly string[]> {
  const [rows] = await storage.snapshot(select(auditOutboxTable, {}, { orderBy: 'sequence' }));
  return rows.map(({ event_id }) => event_id);
}

/** A store and a journal in one folder; `restart` opens both again as a start after a kill does. */
async function opened() {
  const folder = temporaryFolder();
  const journalFolder = join(folder, 'journal');
  const { storage } = await openStore(join(folder, 'keyhaven.db'));
  const restart = async () => {
    const journal = openJournal(journalFolder);
    await recoverOutbox(storage, journal, journalFolder);
    return journal;
  };
  return { storage, journalFolder, restart, journal: openJournal(journalFolder) };
}

describe('After a kill', () => {
  it('between commit and append, the next start appends the record, once', async () => {
    const { storage, journal, journalFolder, restart } = await opened();
    await commit(storage, journal, 'e1');
    await commit(storage, journal, 'e2');
    expect(timesByEvent(journalFolder)).toEqual({});
    await restart();
    expect(timesByEvent(journalFolder)).toEqual({ e1: 1, e2: 1 });
    await restart();
    expect(timesByEvent(journalFolder)).toEqual({ e1: 1, e2: 1 });
  });

  it('between append and trim, the next start appends nothing', async () => {
    const { storage, journal, journalFolder, restart } = await opened();
    await commit(storage, journal, 'e1');
    journal.append([record('e1')]);
    await commit(storage, journal, 'e2');
    await restart();
    expect(timesByEvent(journalFolder)).toEqual({ e1: 1, e2: 1 });
  });

  it('half-way through an append, the torn record is cut off and appended whole', async () => {
    const { storage, journal, journalFolder, restart } = await opened();
    await commit(storage, journal, 'e1');
    appendFileSync(join(journalFolder, '00000001.jsonl'), `0123 [${record('e1')}`);
    await restart();
    const { e1 } = timesByEvent(journalFolder);
    expect(e1).toBe(1);
  });

  it('right after a recovery that was not trimmed, the record is found where a cut has moved it', async () => {
    const { storage, journal, journalFolder, restart } = await opened();
    const file = join(journalFolder, '00000001.jsonl');
    for (let n = 0; n < 50; n++) journal.append([record(`read ${n}`)]);
    await commit(storage, journal, 'e1');
    const changed = readFileSync(file, 'utf8').replace('read 1"', 'READ 1"');
    writeFileSync(file, changed);
    await restart();
    await restart();
    expect(timesByEvent(journalFolder)['e1']).toBe(1);
  });
});

describe('The outbox of a running service', () => {
  const alarms: string[] = [];
  const alarm = new Alarm(
    (line) => alarms.push(line),
    () => 0,
  );

  it('is trimmed of what the journal durably holds, and of nothing else', async () => {
    const { storage, journal } = await opened();
    const trimmer = new OutboxTrimmer(storage, journal, alarm);
    const first = await commit(storage, journal, 'e1');
    const second = await commit(storage, journal, 'e2');
    trimmer.committed([first]);
    trimmer.committed([second]);
    journal.append([record('e2')]);
    trimmer.appended([second]);
    await trimmer.stop();
    await commit(storage, journal, 'e3');
    expect(await outboxEvents(storage)).toEqual(['e1', 'e2', 'e3']);
    journal.append([record('e1')]);
    trimmer.appended([first]);
    await trimmer.stop();
    await commit(storage, journal, 'e4');
    expect(await outboxEvents(storage)).toEqual(['e3', 'e4']);
  });

  it('keeps a record that waits for the journal until the append that brings it', async () => {
    const { storage, journal } = await opened();
    const trimmer = new OutboxTrimmer(storage, journal, alarm);
    const first = await commit(storage, journal, 'e1');
    trimmer.committed([first]);
    trimmer.notAppended([first]);
    await trimmer.stop();
    await commit(storage, journal, 'e2');
    expect(await outboxEvents(storage)).toEqual(['e1', 'e2']);
    trimmer.appended([]);
    await trimmer.stop();
    await commit(storage, journal, 'e3');
    expect(await outboxEvents(storage)).toEqual(['e2', 'e3']);
  });
});
