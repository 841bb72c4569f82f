import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
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

port.on('message', (message: TaskMessage) => {
  const answer = carryOut(message);
  const { value, transfer } = detach(answer);
  if (answer.ok) zeroise(answer.result);
  port.postMessage(value, transfer);
});
