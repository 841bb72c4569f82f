import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Act } from './admin/act.ts';
import type { AdminAddress } from './admin/address.ts';
import { encodeRequest, type RequestValue } from './admin/encode-request.ts';
import { type Progress, readReplyLines, ReplyError, type ReplyLine } from './admin/reply-lines.ts';
import { send, silentMs, versionHeader } from './admin/transport.ts';
import {
  codeOf,
  describeEarlyClose,
  describePlace,
  describeTransportError,
  refuseOtherSocket,
} from './admin/transport-failure.ts';
import { CommandFailure, exitCodes, refused } from './command-failure.ts';
import { showPlain } from './terminal/plain-text.ts';

/**
 * Speaks the administrator's protocol: one request for an act, answered by lines of JSON that tell the progress and, at
 * last, the result or a refusal. Through a Unix socket, or by HTTPS with a client certificate.
 */
export class AdminClient {
  readonly #address: AdminAddress;
  readonly #version: string;
  readonly #timeoutMs: number;

  constructor(address: AdminAddress, version: string, timeoutMs = silentMs) {
    this.#address = address;
    this.#version = version;
    this.#timeoutMs = timeoutMs;
  }

  /** Throws CommandFailure where it can be told without asking that nobody would answer: before a secret is asked for. */
  refuseAbsentService(): void {
    if (this.#address.kind === 'socket') refuseOtherSocket(this.#address);
  }

  /**
   * Has the act done, and answers its result. Throws CommandFailure for whatever hinders it: no service, no permission,
   * another version, a refusal, a reply that makes no sense.
   */
  async perform<Request extends z.ZodType, Result extends z.ZodType>(
    act: Act<Request, Result>,
    request: z.input<Request> & RequestValue,
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<z.output<Result>> {
    const reply = await this.#send(act.name, encodeRequest(request));
    const theirs = reply.headers[versionHeader];
    const versions = `the service is version ${String(theirs ?? 'unknown')}, this command ${this.#version}`;
    try {
      if (reply.statusCode === 404) throw otherVersion(`does not know the act ${act.name}`, versions);
      this.#refuseOtherProgram(reply);
      const outcome = await this.#readOutcome(reply, onProgress);
      const result = act.result.safeParse(outcome);
      if (!result.success) throw otherVersion('answers in another form', versions);
      return result.data;
    } finally {
      reply.destroy();
    }
  }

  async #send(act: string, body: Buffer): Promise<IncomingMessage> {
    try {
      this.refuseAbsentService();
      return await send(this.#address, `/admin/${act}`, this.#version, body, this.#timeoutMs);
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      throw describeTransportError(error, this.#address);
    } finally {
      body.fill(0);
    }
  }

  #refuseOtherProgram({ headers, statusCode }: IncomingMessage): void {
    if (headers['content-type']?.startsWith('application/x-ndjson') === true) return;
    throw refused(
      `What answers there is no Keyhaven that could be administered (status ${String(statusCode)}).`,
      'See that --data-dir, --admin-socket or --admin-url name the service.',
    );
  }

  /** Reads up to the result; what comes after it does not matter any more. */
  async #readOutcome(reply: IncomingMessage, onProgress: (progress: Progress) => void): Promise<unknown> {
    const lines = readReplyLines(reply as AsyncIterable<Uint8Array>);
    for (;;) {
      const line = await this.#nextLine(lines);
      if (line === undefined) throw describeEarlyClose(false, this.#address);
      if ('progress' in line) onProgress(line.progress);
      else if ('result' in line) return line.result;
      else throw refused(showPlain(line.refusal.reason), showPlain(line.refusal.nextStep));
    }
  }

  async #nextLine(lines: AsyncGenerator<ReplyLine, void, undefined>): Promise<ReplyLine | undefined> {
    try {
      const { value } = await lines.next();
      return value ?? undefined;
    } catch (error) {
      if (!(error instanceof ReplyError))
        throw describeEarlyClose(codeOf(error) === 'ETIMEDOUT', this.#address);
      throw new CommandFailure(
        `The service answered ${error.message}.`,
        `What was asked may have been done or not. Look with: keyhaven status${describePlace(this.#address)}`,
        exitCodes.unexpected,
      );
    }
  }
}

function otherVersion(what: string, versions: string): CommandFailure {
  return refused(
    `The service ${what}: ${versions}.`,
    'Use the command of the same version as the service, or restart the service after an update.',
  );
}
