import type { IncomingMessage } from 'node:http';

/** The largest legal request is about 360 kB; AWS does not publish its own limit. */
export const mostBodyBytes = 1024 * 1024;

const empty = Buffer.alloc(0);

/** Collects a body; `onBody` gets undefined when it grows beyond the limit, and nothing if the client goes away. */
export function readBody(request: IncomingMessage, onBody: (body: Buffer | undefined) => void): void {
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > mostBodyBytes) {
      request.removeAllListeners('data');
      request.removeAllListeners('end');
      request.resume();
      onBody(undefined);
      return;
    }
    if (first === undefined) first = chunk;
    else (more ??= [first]).push(chunk);
  });
  request.on('end', () => {
    onBody(more === undefined ? (first ?? empty) : Buffer.concat(more));
  });
}
