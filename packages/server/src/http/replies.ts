import type { ServerResponse } from 'node:http';
import type { WireReply } from '../protocol/wire-reply.ts';

/** Answers an API request; the headers are prepared as one array. */
export function sendReply(
  response: ServerResponse,
  { status, contentType, body }: WireReply,
  requestId: string,
): void {
  const bytes = Buffer.byteLength(body);
  response.writeHead(status, [
    'x-amzn-RequestId',
    requestId,
    'Cache-Control',
    'no-cache, no-store, must-revalidate, private',
    'Expires',
    '0',
    'Pragma',
    'no-cache',
    'Content-Type',
    contentType,
    'Content-Length',
    String(bytes),
  ]);
  // A text of one byte a character need not be transcoded: Node then writes head and body in one go.
  response.end(body, bytes === body.length ? 'latin1' : 'utf8');
}

/** Answers what is no API request. */
export function sendText(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, [
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(text)),
  ]);
  response.end(text);
}
