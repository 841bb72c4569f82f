import type { AwsError, JsonObject } from '@keyhaven/api-model';
import type { Expectation } from '../authentication/index.ts';
import type { Operation, Outcome } from '../pipeline/operation.ts';
import type { WireReply } from './wire-reply.ts';

/** A wire format: AWS JSON 1.1, or AWS Query with XML replies. */
export interface Protocol {
  /** What the signature's scope must name. */
  readonly expectation: Expectation;
  /** Where the service's records say they come from. */
  readonly eventSource: string;
  renderOutcome(operation: Operation, outcome: Outcome, requestId: string): WireReply;
  renderError(error: AwsError, requestId: string): WireReply;
}

/** What decode makes of a request. */
export interface DecodedRequest {
  readonly protocol: Protocol;
  readonly operation: Operation;
  readonly json: JsonObject;
}
