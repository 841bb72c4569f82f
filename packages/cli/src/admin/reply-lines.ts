import { z } from 'zod';

/** A reply that no service of ours gives; the message is a clause without anything of the reply in it. */
export class ReplyError extends Error {}

/** How far an act is: what is being done and, where it can be counted, how much of how much is done. */
export interface Progress {
  readonly text: string;
  readonly done?: number | undefined;
  readonly of?: number | undefined;
}

const progressSchema = z.object({
  progress: z.object({ text: z.string(), done: z.number().optional(), of: z.number().optional() }),
});
const refusalSchema = z.object({ refusal: z.object({ reason: z.string(), nextStep: z.string() }) });
const resultSchema = z.object({ result: z.record(z.string(), z.unknown()) });
const replyLineSchema = z.union([progressSchema, resultSchema, refusalSchema]);

/** One line of a reply. */
export type ReplyLine = z.infer<typeof replyLineSchema>;

/** A list of every account of a large installation fits; more is not a reply of ours. */
const mostLineBytes = 16 * 1024 * 1024;

/** Reads a reply line by line, wherever its chunks are torn. Throws ReplyError. */
export async function* readReplyLines(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes = mostLineBytes,
): AsyncGenerator<ReplyLine, void, undefined> {
  let pending: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      pending.push(chunk.subarray(from, end));
      refuseLong(length + end - from, mostBytes);
      yield parseLine(Buffer.concat(pending));
      pending = [];
      length = 0;
      from = end + 1;
    }
    pending.push(chunk.subarray(from));
    length += chunk.length - from;
    refuseLong(length, mostBytes);
  }
  // A last line needs no line feed: that the reply is whole is told by HTTP.
  if (length > 0) yield parseLine(Buffer.concat(pending));
}

function refuseLong(length: number, mostBytes: number): void {
  if (length > mostBytes) throw new ReplyError(`with a line of more than ${mostBytes} bytes`);
}

function parseLine(bytes: Buffer): ReplyLine {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ReplyError('with a line that is not JSON');
  }
  const parsed = replyLineSchema.safeParse(value);
  if (!parsed.success) throw new ReplyError('with a line that is neither progress nor result nor refusal');
  return parsed.data;
}
