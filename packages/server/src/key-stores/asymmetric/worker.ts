import { setPriority } from 'node:os';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type ResultMessage, type TaskMessage, attach, detach, zeroise } from './messages.ts';
import { AsymmetricTasks } from './tasks.ts';

/** A thread for asymmetric cryptography: takes one task after the other, in the order in which they come. */
const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread');

const { niceness } = workerData as { readonly niceness: number };
// On Linux this is the priority of this thread alone; elsewhere it would be that of the whole process.
if (niceness > 0 && process.platform === 'linux') setPriority(0, niceness);

const tasks = new AsymmetricTasks();

function carryOut({ id, task, input }: TaskMessage): ResultMessage {
  try {
    // Each task takes what its sender, who knows the types, hands over.
    const carry = tasks[task].bind(tasks) as (given: unknown) => unknown;
    return { id, ok: true, result: carry(attach(input)) };
  } catch (error) {
    return { id, ok: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    zeroise(input);
  }
}

/**
 * How long a result may wait for the next ones, so that one message and one wake-up carry them all. It waits only while
 * more tasks stand behind it.
 */
const mostMsHeld = 2;

/** Results that are on their way to the main thread. */
class Answers {
  #results: unknown[] = [];
  #buffers: ArrayBuffer[] = [];
  #firstAt = performance.now();

  add(result: ResultMessage): void {
    const { value, transfer } = detach(result);
    if (result.ok) zeroise(result.result);
    this.#results.push(value);
    this.#buffers.push(...transfer);
    if (performance.now() - this.#firstAt > mostMsHeld) this.send();
  }

  send(): void {
    if (this.#results.length > 0) port?.postMessage(this.#results, this.#buffers);
    this.#results = [];
    this.#buffers = [];
    this.#firstAt = performance.now();
  }
}

/** What came while it worked is taken in the same round: each message costs a system call and a wake-up on either side. */
port.on('message', (message: readonly TaskMessage[]) => {
  const answers = new Answers();
  let given: readonly TaskMessage[] | undefined = message;
  while (given !== undefined) {
    for (const task of given) answers.add(carryOut(task));
    given = receiveMessageOnPort(port)?.message as readonly TaskMessage[] | undefined;
  }
  answers.send();
});
