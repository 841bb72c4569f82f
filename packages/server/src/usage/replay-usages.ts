import { z } from 'zod';
import type { JournalPosition } from '../audit/journal.ts';
import { readRecords } from '../audit/read-records.ts';
import { type KeyUsage, isCounted, type LastUsages } from './last-usages.ts';
import type { UsageWriter } from './usage-writer.ts';

interface Replay {
  readonly folder: string;
  readonly from: JournalPosition;
  readonly to: JournalPosition;
  readonly usages: LastUsages;
  readonly writer: UsageWriter;
}

/** Keys whose use is kept in memory before their rows are written. */
const keysBetweenSaves = 10_000;

/** Notes the uses that the records between two positions tell, in their order. */
export async function replayUsages({ folder, from, to, usages, writer }: Replay): Promise<void> {
  for await (const records of readRecords(folder, from, to)) {
    for (const record of records) {
      for (const usage of usagesIn(record)) usages.add(usage);
      for (const arn of destroyedIn(record)) usages.drop(arn);
    }
    if (usages.size >= keysBetweenSaves) await writer.saveRows();
  }
}

const usedSchema = z.object({
  eventName: z.string(),
  eventId: z.string(),
  eventTime: z.number(),
  requestId: z.string(),
  resources: z.array(z.string()),
  errorCode: z.undefined().optional(),
});

const destroyedSchema = z.object({
  eventName: z.literal('DeleteKey'),
  eventType: z.literal('AwsServiceEvent'),
  resources: z.array(z.string()),
});

/** The uses that a record tells: of a request that was carried out, and by an operation that counts. */
function usagesIn(record: unknown): readonly KeyUsage[] {
  const used = usedSchema.safeParse(record);
  if (!used.success) return [];
  const { eventName: operation, eventTime: usedAt, eventId, requestId, resources } = used.data;
  if (!isCounted(operation)) return [];
  return resources.map((arn) => ({ arn, operation, usedAt, eventId, requestId }));
}

function destroyedIn(record: unknown): readonly string[] {
  const destroyed = destroyedSchema.safeParse(record);
  return destroyed.success ? destroyed.data.resources : [];
}
