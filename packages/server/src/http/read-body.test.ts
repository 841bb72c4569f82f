import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostBodyBytes, readBody } from './read-body.ts';

function collect(chunks: readonly Uint8Array[]): Buffer | undefined {
  const request = Object.assign(new EventEmitter(), { resume: () => undefined });
  let body: Buffer | undefined;
  readBody(request as unknown as IncomingMessage, (whole) => {
    body = whole;
  });
  for (const chunk of chunks) request.emit('data', Buffer.from(chunk));
  request.emit('end');
  return body;
}

describe('A request body that is secret', () => {
  it('leaves nothing in the chunks it came in, and nothing in the whole when its request has ended', () => {
    const request = Object.assign(new EventEmitter(), { resume: () => undefined });
    const wholes: Buffer[] = [];
    readBody(request as unknown as IncomingMessage, (whole = Buffer.alloc(0)) => wholes.push(whole), {
      isSecret: true,
    });
    const sent = Array.from({ length: 20 }, (_, at) => Buffer.alloc(1000, at + 1));
    const chunks = sent.map((bytes) => Buffer.from(bytes));
    for (const chunk of chunks) request.emit('data', chunk);
    request.emit('end');
    expect(wholes).toEqual([Buffer.concat(sent)]);
    expect(chunks.every((chunk) => chunk.equals(Buffer.alloc(1000)))).toBe(true);
    request.emit('close');
    expect(wholes).toEqual([Buffer.alloc(20_000)]);
  });
});

describe('A request body', () => {
  it('is what was sent, in whatever chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9000 })), (chunks) => {
        expect(collect(chunks)).toEqual(Buffer.concat(chunks));
      }),
    );
  });

  it('takes about as much memory as it has bytes, also when they come one by one', () => {
    const body = collect(Array.from({ length: 100_000 }, () => new Uint8Array(1)));
    expect(body?.length).toBe(100_000);
    expect(body?.buffer.byteLength).toBeLessThan(300_000);
  });

  it('is refused when it grows beyond the limit, and read no further', () => {
    expect(collect([new Uint8Array(mostBodyBytes)])?.length).toBe(mostBodyBytes);
    expect(collect([new Uint8Array(mostBodyBytes), new Uint8Array(1)])).toBeUndefined();
  });
});
