import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What services under test were seen doing of one operation. */
export interface SeenOperation {
  success: boolean;
  refusal: boolean;
}

export type SeenOperations = Readonly<Record<string, Readonly<SeenOperation>>>;

/** Answers that refuse nothing: a DryRun that would have succeeded, and a fault of the service. */
const noRefusals = new Set(['DryRunOperationException', 'KMSInternalException']);

const seen = new Map<string, SeenOperation>();

/**
 * Notes what a service's journal tells of its requests, once the service has ended. Tests damage journals: a line that
 * is none, or a folder that is not there, tells nothing.
 */
export function noteSeenOperations(dataDir: string): void {
  const folder = join(dataDir, 'journal');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n'))
      for (const record of parseLine(line)) noteRecord(record);
  }
}

/** What was noted in this process, by operation. */
export function seenOperations(): SeenOperations {
  return Object.fromEntries(seen);
}

/** What the service did by itself has no request, and counts for no operation. */
function noteRecord(record: object): void {
  const { eventName, requestId, errorCode } = record as Readonly<Record<string, unknown>>;
  if (typeof eventName !== 'string' || typeof requestId !== 'string') return;
  const operation = seen.get(eventName) ?? { success: false, refusal: false };
  if (errorCode === undefined) operation.success = true;
  else if (typeof errorCode === 'string' && !noRefusals.has(errorCode)) operation.refusal = true;
  seen.set(eventName, operation);
}

function parseLine(line: string): readonly object[] {
  try {
    const frame: unknown = JSON.parse(line.slice(line.indexOf(' ') + 1));
    const records: readonly unknown[] = Array.isArray(frame) ? frame : [];
    return records.filter((record) => typeof record === 'object' && record !== null);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
