import { setTimeout as wait } from 'node:timers/promises';
import type { JournalPosition } from '../audit/journal.ts';
import type { Clock } from '../clock.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import { checkClock, checkDisk, checkFiles, checkSealHeader } from './check-surroundings.ts';
import { JournalExamination, type JournalReport } from './examine-journal.ts';
import type { ExaminedStore } from './examined-store.ts';
import { type Finding, printable } from './finding.ts';
import { verifyStore } from './verify-store.ts';

export interface DoctorParts {
  readonly folder: DataFolder;
  readonly installationId: string;
  /** Undefined where the database cannot be opened; everything else is examined all the same. */
  readonly store: ExaminedStore | undefined;
  readonly clock: Clock;
  /** Where the journal ends, asked of the service that writes it; undefined where none runs. */
  readonly journalPosition: (() => JournalPosition) | undefined;
  readonly checkDatabase: () => Promise<DatabaseCheck>;
  /** What is wrong with the seal header on the disk. */
  readonly sealHeaderProblem: () => string | undefined;
}

/** What SQLite says of the database file. */
export interface DatabaseCheck {
  readonly problems: readonly string[];
  readonly schema: { readonly found: number; readonly known: number };
  readonly rows: Readonly<Record<string, number>>;
}

/** How far an examination is; `done` of `of` rows where that is known. */
export interface DoctorProgress {
  readonly text: string;
  readonly done?: number;
  readonly of?: number;
}

/** What an examination found: plain data, for a person to read and a program to judge. */
export interface DoctorReport {
  /** Damage first. */
  readonly findings: readonly Finding[];
  /** Findings beyond those that a report holds. */
  readonly findingsLeftOut: number;
  /** Rows that were read, by table. */
  readonly counts: Readonly<Record<string, number>>;
  readonly journal: JournalReport;
  readonly durationMs: number;
}

const mostFindings = 1000;

/**
 * While a service runs: a slice of about a millisecond, then this long for its requests. On the event loop and not in
 * a thread of its own: the keys stay where they are, and what is read and what verifies it change in the same turn.
 */
const restMs = 9;

const heartbeatMs = 1000;

const rowsBetweenProgress = 5000;

/**
 * Examines everything in a data folder, and tells of what is not as it should be. It changes nothing. Rejects with the
 * signal's reason soon after it is aborted.
 */
export async function examine(
  parts: DoctorParts,
  onProgress: (progress: DoctorProgress) => void,
  signal?: AbortSignal,
): Promise<DoctorReport> {
  const { folder, store, clock } = parts;
  const begun = clock.monotonicNow();
  const isServing = parts.journalPosition !== undefined;
  const collected = new Collected();

  onProgress({ text: 'files' });
  collected.add([...checkFiles(folder), ...checkDisk(folder)]);
  onProgress({ text: 'database file' });
  const database = await parts.checkDatabase();
  collected.add(databaseFindings(database));
  const rest = async () => {
    if (isServing) await wait(restMs);
    signal?.throwIfAborted();
  };
  signal?.throwIfAborted();
  const counts: Record<string, number> = {};
  if (store !== undefined) {
    collected.add([
      ...(await checkClock(store, clock, isServing, () =>
        wait(heartbeatMs, undefined, signal === undefined ? {} : { signal }),
      )),
      ...checkSealHeader(parts.sealHeaderProblem()),
    ]);
    const of = Object.values(database.rows).reduce((sum, count) => sum + count, 0);
    await examineStore(store, clock, rest, counts, collected, (done) => {
      onProgress({ text: 'rows', done, of });
    });
  }
  onProgress({ text: 'journal' });
  const journal = new JournalExamination(
    { folder: folder.journal, installationId: parts.installationId, position: parts.journalPosition },
    store,
    clock,
  );
  for await (const findings of journal.run()) {
    collected.add(findings);
    await rest();
  }
  return {
    ...collected.report(),
    counts,
    journal: journal.report,
    durationMs: Math.round(clock.monotonicNow() - begun),
  };
}

async function examineStore(
  store: ExaminedStore,
  clock: Clock,
  rest: () => Promise<unknown>,
  counts: Record<string, number>,
  collected: Collected,
  onRows: (done: number) => void,
): Promise<void> {
  let done = 0;
  let told = 0;
  for await (const { table, rows, findings } of verifyStore(store, clock)) {
    collected.add(findings);
    counts[table] = (counts[table] ?? 0) + rows;
    done += rows;
    if (done - told >= rowsBetweenProgress) {
      told = done;
      onRows(done);
    }
    await rest();
  }
}

function databaseFindings({ problems, schema }: DatabaseCheck): readonly Finding[] {
  const findings = problems.map((problem): Finding => {
    return {
      severity: 'damage',
      check: 'database-file',
      text: printable(`SQLite says of the database: ${problem}`),
    };
  });
  if (problems.length > 0 || schema.found === schema.known) return findings;
  const text = `The database has schema ${schema.found}, this version reads schema ${schema.known}: its rows were not examined.`;
  return [{ severity: 'warning', check: 'database-schema', text }];
}

class Collected {
  readonly #findings: Finding[] = [];
  #leftOut = 0;

  add(findings: readonly Finding[]): void {
    for (const finding of findings) {
      if (this.#findings.length < mostFindings) this.#findings.push(finding);
      else this.#leftOut++;
    }
  }

  report(): Pick<DoctorReport, 'findings' | 'findingsLeftOut'> {
    const isDamage = ({ severity }: Finding) => severity === 'damage';
    const findings = [
      ...this.#findings.filter(isDamage),
      ...this.#findings.filter((finding) => !isDamage(finding)),
    ];
    return { findings, findingsLeftOut: this.#leftOut };
  }
}
