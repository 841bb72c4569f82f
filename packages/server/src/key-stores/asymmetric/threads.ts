import { availableParallelism } from 'node:os';
import type { Secret } from '@keyhaven/crypto';
import { FairQueue } from './fair-queue.ts';
import {
  type Detached,
  detach,
  type TaskInput,
  type TaskName,
  type TaskResult,
  zeroise,
} from './messages.ts';
import type { PairName } from './tasks.ts';
import { Thread } from './thread.ts';

const mostThreads = 8;

/**
 * Tasks that one thread is given at once: enough that it need not wait for the next one to come, few enough that what
 * another account asks for gets its turn soon.
 */
const mostAtOnce = 8;

/** A task that waits for a thread. */
interface Waiter {
  /** The private key that it needs, by name; undefined where it needs none. */
  readonly keyName: string | undefined;
  readonly begin: (thread: Thread) => void;
  readonly refuse: (error: Error) => void;
}

type Begin<Result> = (thread: Thread, input: Detached) => Promise<Result>;

/**
 * Threads of their own for asymmetric cryptography, so that neither the event loop nor the files of libuv's pool wait for
 * it. Private keys in use live there and nowhere else: ending a thread frees all that OpenSSL holds of them. Where more is
 * asked for than they can begin, accounts take turns.
 */
export class AsymmetricThreads {
  readonly #count: number;
  readonly #niceness: number;
  readonly #queue = new FairQueue<Waiter>();
  #threads: Thread[] = [];
  #isClosed = false;
  #refusal: (() => Error) | undefined;

  /** Nothing is started before the first task. `niceness`: how far behind others the threads stand, 0 to 19. */
  constructor(count = Math.max(1, Math.min(mostThreads, availableParallelism() - 1)), niceness = 0) {
    this.#count = count;
    this.#niceness = niceness;
  }

  /** `accountId`: who asks for it, and takes turns with the others. The input may be zeroised as soon as this returns. */
  run<Name extends TaskName>(task: Name, input: TaskInput<Name>, accountId = ''): Promise<TaskResult<Name>> {
    return this.#inTurn(accountId, undefined, input, (thread, detached) => thread.carryOut(task, detached));
  }

  /** Runs a task that needs the private key; `open` answers it where the thread does not hold it yet. */
  runPrivate<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name> & PairName,
    open: () => Secret,
    accountId = '',
  ): Promise<TaskResult<Name>> {
    const { name, spec } = input;
    return this.#inTurn(accountId, name, input, (thread, detached) => {
      thread.hold({ name, spec }, open);
      return thread.carryOut(task, detached);
    });
  }

  /** Lets go of a private key everywhere, after the tasks that need it and were asked for before. */
  forget(name: string): void {
    for (const waiter of this.#queue.take(({ keyName }) => keyName === name)) waiter.begin(this.#least());
    for (const thread of this.#threads) thread.forget(name);
  }

  /** From here on begins nothing: what waits, and what is still asked for, is refused with this error. */
  refuseWaiting(error: () => Error): void {
    this.#refusal = error;
    for (const waiter of this.#queue.take(() => true)) waiter.refuse(error());
  }

  /** Ends every thread; what they hold is freed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.refuseWaiting(closed);
    await Promise.all(this.#threads.map((thread) => thread.close()));
    this.#threads = [];
  }

  #inTurn<Result>(
    accountId: string,
    keyName: string | undefined,
    input: object,
    begin: Begin<Result>,
  ): Promise<Result> {
    if (this.#refusal !== undefined) throw this.#refusal();
    const detached = detach(input);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push(accountId, {
      keyName,
      begin: (thread) => {
        // Also what `hold` throws, where the private key does not open.
        void new Promise<Result>((done) => {
          done(begin(thread, detached));
        }).then(resolve, reject);
      },
      refuse: (error) => {
        zeroise(detached.value);
        reject(error);
      },
    });
    this.#beginWaiting();
    return promise;
  }

  /** Gives the threads as much as they may have at once. */
  #beginWaiting(): void {
    while (!this.#queue.isEmpty) {
      const thread = this.#least();
      if (thread.load >= mostAtOnce) return;
      this.#queue.shift()?.begin(thread);
    }
  }

  /** The thread with the fewest tasks; another is started while all have some and there may be more. */
  #least(): Thread {
    if (this.#isClosed) throw closed();
    this.#threads = this.#threads.filter(({ isLost }) => !isLost);
    let least = this.#threads[0];
    for (const thread of this.#threads) if (least === undefined || thread.load < least.load) least = thread;
    if (least !== undefined && (least.load === 0 || this.#threads.length >= this.#count)) return least;
    const started = new Thread(this.#niceness, () => {
      this.#beginWaiting();
    });
    this.#threads.push(started);
    return started;
  }
}

function closed(): Error {
  return new Error('the threads for asymmetric cryptography are closed');
}
