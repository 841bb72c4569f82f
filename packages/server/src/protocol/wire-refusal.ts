import type { WireReply } from './wire-reply.ts';

/** A request that is refused before any service is known: the reply is of neither wire format. */
export class WireRefusal extends Error implements WireReply {
  readonly status: number;
  readonly contentType = 'text/xml';
  readonly body: string;

  private constructor(status: number, body: string) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
  }

  static notPost(): WireRefusal {
    const message = 'Unable to determine service/operation name to be authorized';
    return new WireRefusal(
      403,
      `<AccessDeniedException><Message>${message}</Message></AccessDeniedException>`,
    );
  }

  /** Another path than `/`, or a content type that belongs to no service here. */
  static unknownOperation(): WireRefusal {
    return new WireRefusal(404, '<UnknownOperationException/>');
  }
}
