import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A journal record as an outsider reads it. */
export type VerifiedRecord = Readonly<Record<string, unknown>>;

/**
 * Verifies a journal as its format is documented, with nothing of the service's: each line is a chain, a space and a
 * JSON array; the chain is SHA-256, in hex, of the previous chain (64 zeros at first) and the JSON text. Throws an
 * Error that names the first line that does not follow; answers the records, the segments' heads left out.
 */
export function verifyJournal(folder: string): readonly VerifiedRecord[] {
  let chain = '0'.repeat(64);
  const records: VerifiedRecord[] = [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  for (const [index, name] of names.sort().entries()) {
    if (Number(name.slice(0, 8)) !== index + 1)
      throw new Error(`segment ${index + 1} is missing before ${name}`);
    const text = readFileSync(join(folder, name), 'utf8');
    if (!text.endsWith('\n')) throw new Error(`${name} ends in a torn line`);
    for (const [number, line] of text.slice(0, -1).split('\n').entries()) {
      const json = line.slice(65);
      chain = createHash('sha256')
        .update(chain + json)
        .digest('hex');
      if (line.slice(0, 65) !== `${chain} `)
        throw new Error(`${name}:${number + 1} does not follow the chain`);
      for (const record of JSON.parse(json) as VerifiedRecord[])
        if (record['kind'] !== 'segment') records.push(record);
    }
  }
  return records;
}

/** The records of what changed something: successful writes of callers, and what the service did by itself. */
export function changesOf(records: readonly VerifiedRecord[]): readonly VerifiedRecord[] {
  const own = ['DeleteKey', 'RotateKey', 'CreateKey'];
  return records.filter((record) =>
    record['eventType'] === 'AwsServiceEvent'
      ? own.includes(String(record['eventName']))
      : record['readOnly'] === false && record['errorCode'] === undefined,
  );
}
