import type { IncomingMessage, ServerResponse } from 'node:http';

/** A route of the service's own beside the API: health, and in the development profile the clock. */
export interface SideRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  answer(body: Buffer): Promise<{ readonly status: number; readonly json: unknown }>;
}

/** Answers a request to a side route; `onFailure` hears of what should not have happened. */
export function answerSideRoute(
  route: SideRoute,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  onFailure: (error: unknown) => void,
): void {
  const sendJson = (status: number, json: unknown) => {
    const text = `${JSON.stringify(json)}\n`;
    response.writeHead(status, [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(Buffer.byteLength(text)),
    ]);
    response.end(text);
  };
  if (request.method !== route.method) {
    sendJson(405, { message: `Use ${route.method}.` });
    return;
  }
  route.answer(body).then(
    ({ status, json }) => {
      sendJson(status, json);
    },
    (error: unknown) => {
      onFailure(error);
      sendJson(500, { message: 'The request failed; the alarm on standard error says why.' });
    },
  );
}
