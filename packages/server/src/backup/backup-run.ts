import { Worker } from 'node:worker_threads';
import { StartRefusal } from '../start-refusal.ts';
import { BackupRefusal, type OnProgress } from './backup-refusal.ts';
import type {
  BackupFigures,
  BackupTask,
  FromBackupWorker,
  Question,
  ToBackupWorker,
} from './worker-messages.ts';

/** One backup in its worker thread, which ends with it. */
export class BackupRun {
  readonly #worker: Worker;
  readonly #answer: (question: Question) => Promise<string>;
  readonly #onProgress: OnProgress;
  readonly #snapshotTaken = Promise.withResolvers<undefined>();
  readonly #done = Promise.withResolvers<BackupFigures>();

  /** A question that `answer` refuses ends the backup. */
  constructor(task: BackupTask, answer: (question: Question) => Promise<string>, onProgress: OnProgress) {
    this.#answer = answer;
    this.#onProgress = onProgress;
    // Each failure is told to whoever waits for one of the two; nobody may wait for the other any more.
    this.#snapshotTaken.promise.catch(() => undefined);
    this.#done.promise.catch(() => undefined);
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task });
    this.#worker.on('message', (message: FromBackupWorker) => {
      this.#heard(message);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#worker.on('exit', () => {
      this.#fail(new BackupRefusal('The backup was stopped before it was complete.', 'Run it again.'));
    });
  }

  /** Resolves when the database has been copied: from then on it may change in any way. */
  get snapshotTaken(): Promise<undefined> {
    return this.#snapshotTaken.promise;
  }

  /** Resolves when the backup stands under its name; rejects with a StartRefusal. */
  get done(): Promise<BackupFigures> {
    return this.#done.promise;
  }

  /** Ends the thread, whatever it is at. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #heard(message: FromBackupWorker): void {
    switch (message.kind) {
      case 'progress':
        this.#onProgress(message.progress);
        return;
      case 'snapshot taken':
        this.#snapshotTaken.resolve(undefined);
        return;
      case 'question':
        this.#answer(message.question).then(
          (text) => {
            this.#tell({ answer: text });
          },
          (error: unknown) => {
            this.#fail(error);
          },
        );
        return;
      case 'done':
        this.#done.resolve(message.figures);
        return;
      case 'refused':
        this.#fail(new BackupRefusal(message.reason, message.nextStep));
        return;
    }
  }

  #tell(message: ToBackupWorker): void {
    this.#worker.postMessage(message);
  }

  #fail(error: unknown): void {
    const refusal =
      error instanceof StartRefusal
        ? error
        : new BackupRefusal(
            `The backup could not be made: ${error instanceof Error ? error.message : String(error)}.`,
            'Nothing was changed. Mend the cause, such as a full disk, and run it again.',
          );
    this.#snapshotTaken.reject(refusal);
    this.#done.reject(refusal);
  }
}
