import type { IncomingMessage } from 'node:http';

/** A route of the service's own beside the API: health, readiness, and in the development profile the clock. */
export interface SideRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  answer(body: Buffer): Promise<{ readonly status: number; readonly json: unknown }>;
}

/** Answers a request to a side route through `sendJson`; `onFailure` hears of what should not have happened. */
export function answerSideRoute(
  route: SideRoute,
  request: IncomingMessage,
  body: Buffer,
  sendJson: (status: number, text: string) => void,
  onFailure: (error: unknown) => void,
): void {
  const send = (status: number, json: unknown) => {
    sendJson(status, `${JSON.stringify(json)}\n`);
  };
  if (request.method !== route.method) {
    send(405, { message: `Use ${route.method}.` });
    return;
  }
  route.answer(body).then(
    ({ status, json }) => {
      send(status, json);
    },
    (error: unknown) => {
      onFailure(error);
      send(500, { message: 'The request failed; the alarm on standard error says why.' });
    },
  );
}
