import { Worker } from 'node:worker_threads';
import type { Secret } from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import {
  attach,
  type Detached,
  detach,
  type ResultMessage,
  type TaskInput,
  type TaskMessage,
  type TaskName,
  type TaskResult,
  zeroise,
} from './messages.ts';
import type { PairName } from './tasks.ts';

/** Private keys that one thread holds at most; the least recently used leaves first. */
const mostPrivateKeys = 2000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One thread for asymmetric cryptography, with the tasks that it has been given and the private keys that it holds. */
export class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #held: LRUCache<string, true>;
  readonly #onRoom: () => void;
  #nextId = 1;
  #unsent: TaskMessage[] = [];
  #buffers: ArrayBuffer[] = [];
  isLost = false;

  /** `onRoom` is called whenever a task has ended, or all of them with the thread. */
  constructor(niceness: number, onRoom: () => void) {
    this.#onRoom = onRoom;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { niceness } });
    // A program that has nothing else to do may end.
    this.#worker.unref();
    this.#held = new LRUCache<string, true>({
      max: mostPrivateKeys,
      dispose: (_, name) => {
        if (!this.isLost) void this.run('forget', { name }).catch(() => undefined);
      },
    });
    this.#worker.on('message', (messages: readonly ResultMessage[]) => {
      for (const message of messages) this.#heard(message);
    });
    this.#worker.on('error', (error) => {
      this.#lose(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker.on('exit', () => {
      this.#lose(new Error('a thread for asymmetric cryptography ended'));
    });
  }

  get load(): number {
    return this.#waiting.size;
  }

  /** Hands the private key over, once. `open` answers it in PKCS#8. */
  hold({ name, spec }: PairName, open: () => Secret): void {
    if (this.#held.get(name) !== undefined) return;
    using secret = open();
    this.#held.set(name, true);
    const { loaded } = secret.use((privateKey) => ({ loaded: this.run('load', { name, spec, privateKey }) }));
    // The task that needs it fails by itself; the next one tries again.
    loaded.catch(() => this.#held.delete(name));
  }

  forget(name: string): void {
    this.#held.delete(name);
  }

  run<Name extends TaskName>(task: Name, input: TaskInput<Name>): Promise<TaskResult<Name>> {
    return this.carryOut(task, detach(input));
  }

  /** Runs a task whose input was detached before; it moves away. */
  carryOut<Name extends TaskName>(task: Name, { value, transfer }: Detached): Promise<TaskResult<Name>> {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker.ref();
    this.#sendLater({ id, task, input: value as object }, transfer);
    return promise as Promise<TaskResult<Name>>;
  }

  /** One message carries all tasks of a turn of the event loop: each costs a system call and wakes the thread. */
  #sendLater(task: TaskMessage, transfer: readonly ArrayBuffer[]): void {
    this.#buffers.push(...transfer);
    if (this.#unsent.push(task) > 1) return;
    setImmediate(() => {
      this.#send();
    });
  }

  #send(): void {
    // A thread that is gone takes nothing, and what is secret among it must not be left behind.
    if (this.isLost) for (const { input } of this.#unsent) zeroise(input);
    else this.#worker.postMessage(this.#unsent, this.#buffers);
    this.#unsent = [];
    this.#buffers = [];
  }

  async close(): Promise<void> {
    this.isLost = true;
    await this.#worker.terminate();
  }

  #heard(message: ResultMessage): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (message.ok) waiting?.resolve(attach(message.result));
    else waiting?.reject(new Error(message.reason));
    this.#onRoom();
  }

  #lose(error: Error): void {
    this.isLost = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#onRoom();
  }
}
