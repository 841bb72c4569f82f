import type { DoctorReport } from './doctor.ts';
import type { Finding } from './finding.ts';

/** A line of a report for a person: what was looked at, how it is, and what to do about it. */
export interface ReportLine {
  readonly check: string;
  readonly level: 'good' | 'warning' | 'failure';
  readonly text: string;
  readonly nextStep?: string;
  readonly table?: string;
  readonly key?: string;
}

const restore =
  'Keep the folder as it is for the inquiry, and restore from a backup that was made before the change.';

/** What to do about a finding; whatever is not listed here is damage that nothing but a backup mends. */
const nextSteps: Readonly<Record<string, string>> = {
  'destruction-held': 'keyhaven jobs says until when; keyhaven jobs release ends the hold of an operator.',
  'disk-space': 'Make room, or move the data folder to a larger disk while the service is ended.',
  'file-mode': 'Close it to others: chmod 600 for a file, chmod 700 for a folder.',
  'file-owner': 'chown it to the user that the service runs as, if you trust what it holds.',
  'database-schema': 'Start this version on the folder once: it brings the database to its schema.',
  'domain-key-count': 'Start the service anew; if it stays so, restore from a backup.',
  'journal-abandoned-segment': 'Nothing: the next start removes it.',
  'journal-cut': 'Compare it with the record that tells of it, and then move it out of the folder.',
  'journal-end': 'If the power was not cut, find out who can write to the folder.',
  'journal-hole': 'Find out what happened then, if you do not know; it stays in the journal.',
  'journal-torn-tail': 'Nothing: the next start cuts it off and keeps it aside.',
  clock: 'Set the clock right.',
  heartbeat: 'Look for alarms about jobs on standard error.',
  'seal-header': 'Do not end the service. Put back the seal header of the latest backup, and examine again.',
};

function lineOf({ severity, check, text, table, key }: Finding): ReportLine {
  return {
    check,
    level: severity === 'damage' ? 'failure' : 'warning',
    text,
    nextStep: nextSteps[check] ?? restore,
    ...(table === undefined ? {} : { table }),
    ...(key === undefined ? {} : { key }),
  };
}

/** The report as lines: what was found, or else that it is good, so that nobody has to guess what was looked at. */
export function reportLines(report: DoctorReport): readonly ReportLine[] {
  const { findings, findingsLeftOut, journal, counts } = report;
  const lines = findings.map(lineOf);
  if (findingsLeftOut > 0)
    lines.push({ check: 'findings', level: 'failure', text: `There are ${findingsLeftOut} more findings.` });
  const good = (check: string, text: string, isGood: (finding: Finding) => boolean) => {
    if (findings.every(isGood)) lines.push({ check, level: 'good', text });
  };
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const journalText = `The ${journal.lines} lines of the journal's ${journal.segments} segments follow each other`;
  const compared = journal.isCompared ? ', and tell of as many changes as the store counts.' : '.';
  good(
    'rows',
    `The ${rows} rows are as they were written, and their secrets open.`,
    ({ table }) => table === undefined,
  );
  good('journal', journalText + compared, ({ check }) => !check.startsWith('journal'));
  good('database', 'SQLite finds the database file whole.', ({ check }) => !check.startsWith('database'));
  good('files', "The files are this user's alone.", ({ check }) => !check.startsWith('file-'));
  return lines;
}
