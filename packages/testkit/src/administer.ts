import { request } from 'node:http';

/** What an act was refused with. */
export class ActRefused extends Error {
  readonly nextStep: string;

  constructor(reason: string, nextStep: string) {
    super(reason);
    this.nextStep = nextStep;
  }
}

interface ReplyLine {
  readonly result?: Readonly<Record<string, unknown>>;
  readonly refusal?: { readonly reason: string; readonly nextStep: string };
}

/** One act over a socket, as the command line does it. */
export async function administer(
  socketPath: string,
  act: string,
  body: object = {},
): Promise<Readonly<Record<string, unknown>>> {
  const text = await new Promise<string>((resolve, reject) => {
    const sent = request({ socketPath, path: `/admin/${act}`, method: 'POST' }, (reply) => {
      let received = '';
      reply.setEncoding('utf8');
      reply.on('data', (chunk: string) => (received += chunk));
      reply.on('end', () => {
        resolve(received);
      });
      reply.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
  const last = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '{}') as ReplyLine;
  if (last.result !== undefined) return last.result;
  throw new ActRefused(last.refusal?.reason ?? 'no reply', last.refusal?.nextStep ?? '');
}
