import type { AsymmetricTasks } from './tasks.ts';

export type TaskName = keyof AsymmetricTasks;
export type TaskInput<Name extends TaskName> = Parameters<AsymmetricTasks[Name]>[0];
export type TaskResult<Name extends TaskName> = ReturnType<AsymmetricTasks[Name]>;

/** To a thread: one task. A message carries a list of them, and so does an answer. */
export interface TaskMessage {
  readonly id: number;
  readonly task: TaskName;
  readonly input: object;
}

/** From a thread: what came of it. `reason` is for the operator, never for a client. */
export type ResultMessage =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly reason: string };

/** A value to send to another thread, and what of it moves there. */
export interface Detached {
  readonly value: unknown;
  readonly transfer: ArrayBuffer[];
}

/**
 * A plain value whose byte arrays each have an ArrayBuffer of their own, and those buffers, to hand over without
 * copying once more: sending a view as it is would copy all that lies around it.
 */
export function detach(value: unknown): Detached {
  if (value instanceof Uint8Array) {
    const own = ownBytes(value);
    return { value: own, transfer: [own.buffer] };
  }
  if (!isRecord(value)) return { value, transfer: [] };
  const copy: Record<string, unknown> = {};
  const transfer: ArrayBuffer[] = [];
  for (const [name, member] of Object.entries(value)) {
    const detached = detach(member);
    copy[name] = detached.value;
    transfer.push(...detached.transfer);
  }
  return { value: copy, transfer };
}

/** What arrived, with Buffers in the place of plain byte arrays. */
export function attach(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, attach(member)]));
}

/** Zeroises every byte array of a value. */
export function zeroise(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0);
  else if (isRecord(value)) for (const member of Object.values(value)) zeroise(member);
}

/** A plain object; lists and Maps go as they are, cloned with what they hold. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(new ArrayBuffer(bytes.length));
  own.set(bytes);
  return own;
}
