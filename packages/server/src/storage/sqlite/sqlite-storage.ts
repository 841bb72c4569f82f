import { Worker } from 'node:worker_threads';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SnapshotOf, Storage } from '../port.ts';
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

/**
 * SQLite: this thread reads on a connection of its own, synchronously, and a writer thread commits.
 * While the writer waits for the disk, further units gather for its next commit.
 */
export class SqliteStorage implements Storage {
  readonly #reader: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #writer: Worker;
  #gathering: Waiting[] = [];
  #committing: Waiting[] = [];
  #closed: (() => void) | undefined;

  private constructor(reader: DatabaseSync, writer: Worker) {
    this.#reader = reader;
    this.#writer = writer;
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
    const storage = new SqliteStorage(openReader(path), writer);
    writer.removeAllListeners('error');
    writer.on('error', onWriterLost);
    writer.on('message', (message: FromWriter) => {
      storage.#heard(message);
    });
    return storage;
  }

  /** Hands the writer the key that it protects rows of a scope with; `key` is a copy and moves to the writer. */
  protectWith(scope: string, domainKeyId: string, key: Uint8Array<ArrayBuffer>): void {
    this.#tell({ kind: 'protect', scope, domainKeyId, key }, [key.buffer]);
  }

  snapshot<const Queries extends readonly Query[]>(...queries: Queries): SnapshotOf<Queries> {
    const db = this.#reader;
    if (queries.length === 1) return queries.map((query) => this.#all(query)) as unknown as SnapshotOf<Queries>;
    db.exec('BEGIN');
    try {
      return queries.map((query) => this.#all(query)) as unknown as SnapshotOf<Queries>;
    } finally {
      db.exec('COMMIT');
    }
  }

  commit(unit: UnitOfWork): Promise<CommitResult> {
    return new Promise((resolve) => {
      this.#gathering.push({ unit, resolve });
      this.#send();
    });
  }

  trimOutbox(upToSequence: number): void {
    this.#tell({ kind: 'trim', upToSequence });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
      this.#tell({ kind: 'close' });
    });
    this.#reader.close();
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
    if (message.kind === 'closed') this.#closed?.();
    if (message.kind !== 'results') return;
    const done = this.#committing;
    this.#committing = [];
    this.#send();
    for (const [index, { resolve }] of done.entries()) {
      resolve(message.results[index] ?? { kind: 'failed', reason: 'the writer gave no result' });
    }
  }

  #tell(message: ToWriter, transfer: ArrayBuffer[] = []): void {
    this.#writer.postMessage(message, transfer);
  }
}
