import { Worker } from 'node:worker_threads';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SnapshotOf, Storage, WriterKeys } from '../port.ts';
import type { Query } from '../query.ts';
import type { CommitResult, UnitOfWork } from '../unit-of-work.ts';
import { openReader } from './open.ts';
import type { FromWriter, ToWriter } from './writer-messages.ts';

/** Units that share one commit, and so one fsync, at most. */
const largestBatch = 256;

interface Waiting {
  readonly unit: UnitOfWork;
  readonly resolve: (result: CommitResult) => void;
}

type WriterState = 'running' | 'closing' | 'lost';

/**
 * SQLite: this thread reads on a connection of its own, synchronously, and a writer thread commits.
 * While the writer waits for the disk, further units gather for its next commit.
 */
export class SqliteStorage implements Storage, WriterKeys {
  readonly #reader: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #writer: Worker;
  readonly #onWriterLost: (error: Error) => void;
  readonly #closed = Promise.withResolvers<undefined>();
  #state: WriterState = 'running';
  #gathering: Waiting[] = [];
  #committing: Waiting[] = [];

  private constructor(reader: DatabaseSync, writer: Worker, onWriterLost: (error: Error) => void) {
    this.#reader = reader;
    this.#writer = writer;
    this.#onWriterLost = onWriterLost;
    writer.removeAllListeners('error');
    writer.on('message', (message: FromWriter) => {
      this.#heard(message);
    });
    writer.on('error', (error) => {
      this.#lost(error instanceof Error ? error : new Error(String(error)));
    });
    writer.on('exit', () => {
      this.#lost(new Error('the writer thread ended'));
    });
  }

  /** `onWriterLost` is told when the writer thread dies: nothing can be acknowledged from then on. */
  static async open(path: string, onWriterLost: (error: Error) => void): Promise<SqliteStorage> {
    const writer = new Worker(new URL('./writer.ts', import.meta.url), { workerData: { path } });
    await new Promise<void>((resolve, reject) => {
      writer.once('message', () => {
        resolve();
      });
      writer.once('error', reject);
    });
    return new SqliteStorage(openReader(path), writer, onWriterLost);
  }

  protect(scope: string, domainKeyId: string, key: Uint8Array<ArrayBuffer>, isCurrent: boolean): void {
    this.#tell({ kind: 'protect', scope, domainKeyId, key, isCurrent }, [key.buffer]);
  }

  activate(domainKeyId: string): void {
    this.#tell({ kind: 'activate', domainKeyId });
  }

  retire(domainKeyId: string): void {
    this.#tell({ kind: 'retire', domainKeyId });
  }

  snapshot<const Queries extends readonly Query[]>(...queries: Queries): SnapshotOf<Queries> {
    const db = this.#reader;
    if (queries.length === 1)
      return queries.map((query) => this.#all(query)) as readonly unknown[] as SnapshotOf<Queries>;
    db.exec('BEGIN');
    try {
      return queries.map((query) => this.#all(query)) as readonly unknown[] as SnapshotOf<Queries>;
    } finally {
      db.exec('COMMIT');
    }
  }

  commit(unit: UnitOfWork): Promise<CommitResult> {
    if (this.#state !== 'running')
      return Promise.resolve({ kind: 'failed', reason: `the storage is ${this.#state}` });
    return new Promise((resolve) => {
      this.#gathering.push({ unit, resolve });
      this.#send();
    });
  }

  trimOutbox(upToSequence: number): void {
    this.#tell({ kind: 'trim', upToSequence });
  }

  /** Commits what is waiting, then lets go of the database. */
  async close(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'closing';
      this.#closeWhenDone();
    }
    await this.#closed.promise;
    if (this.#reader.isOpen) this.#reader.close();
    await this.#writer.terminate();
  }

  #all(query: Query): unknown[] {
    let statement = this.#statements.get(query.sql);
    if (statement === undefined) {
      statement = this.#reader.prepare(query.sql);
      this.#statements.set(query.sql, statement);
    }
    return statement.all(...query.params);
  }

  #send(): void {
    if (this.#committing.length > 0 || this.#gathering.length === 0) return;
    this.#committing = this.#gathering.splice(0, largestBatch);
    this.#tell({ kind: 'commit', units: this.#committing.map(({ unit }) => unit) });
  }

  #heard(message: FromWriter): void {
    if (message.kind === 'closed') this.#closed.resolve(undefined);
    if (message.kind !== 'results') return;
    const done = this.#committing;
    this.#committing = [];
    this.#send();
    for (const [index, { resolve }] of done.entries()) {
      resolve(message.results[index] ?? { kind: 'failed', reason: 'the writer gave no result' });
    }
    this.#closeWhenDone();
  }

  /** The writer lets go last: only then does SQLite empty the log, and the database file alone is the whole store. */
  #closeWhenDone(): void {
    if (this.#state !== 'closing' || this.#committing.length > 0) return;
    this.#reader.close();
    this.#tell({ kind: 'close' });
  }

  /**
   * What was handed to the writer may or may not be committed, so it is not answered at all: the process must end,
   * and the next start finds out. What was not handed to it has failed.
   */
  #lost(error: Error): void {
    const before = this.#state;
    this.#state = 'lost';
    this.#closed.resolve(undefined);
    for (const { resolve } of this.#gathering.splice(0)) resolve({ kind: 'failed', reason: error.message });
    if (before === 'running') this.#onWriterLost(error);
  }

  #tell(message: ToWriter, transfer: ArrayBuffer[] = []): void {
    this.#writer.postMessage(message, transfer);
  }
}
