import { request } from 'node:http';
import { createInterface } from 'node:readline';

/** What an act was refused with. */
export class ActRefused extends Error {
  readonly nextStep: string;

  constructor(reason: string, nextStep: string) {
    super(reason);
    this.nextStep = nextStep;
  }
}

/** What an act tells on the way. */
export interface ActProgress {
  readonly text: string;
  readonly done?: number;
  readonly of?: number;
}

interface ReplyLine {
  readonly progress?: ActProgress;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly refusal?: { readonly reason: string; readonly nextStep: string };
}

/** One act over a socket, as the command line does it. */
export async function administer(
  socketPath: string,
  act: string,
  body: object = {},
  onProgress: (progress: ActProgress) => void = () => undefined,
): Promise<Readonly<Record<string, unknown>>> {
  let last: ReplyLine = {};
  await new Promise<void>((resolve, reject) => {
    const sent = request({ socketPath, path: `/admin/${act}`, method: 'POST' }, (reply) => {
      reply.on('error', reject);
      createInterface({ input: reply })
        .on('line', (line) => {
          last = JSON.parse(line) as ReplyLine;
          if (last.progress !== undefined) onProgress(last.progress);
        })
        .on('error', reject)
        .on('close', resolve);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
  if (last.result !== undefined) return last.result;
  throw new ActRefused(last.refusal?.reason ?? 'no reply', last.refusal?.nextStep ?? '');
}
