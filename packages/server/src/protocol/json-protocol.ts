import {
  type AwsError,
  encodeOutput,
  errorBody,
  parseJsonBody,
  serialization,
  unknownOperation,
} from '@keyhaven/api-model';
import type { WireReply } from './wire-reply.ts';
import type { Operation, Outcome } from '../pipeline/operation.ts';
import type { DecodedRequest, Protocol } from './protocol.ts';
import type { WireRequest } from './wire-request.ts';

const contentType = 'application/x-amz-json-1.1';

/** A service that speaks AWS JSON 1.1; its callers sign for KMS. */
export interface JsonService {
  /** What its operations' names have before them in `X-Amz-Target`. */
  readonly targetPrefix: string;
  readonly eventSource: string;
}

const kmsService: JsonService = { targetPrefix: 'TrentService.', eventSource: 'kms.amazonaws.com' };

/** AWS JSON 1.1: `X-Amz-Target` names the operation, the body is a JSON object. */
export class JsonProtocol implements Protocol {
  readonly expectation = { service: 'kms' } as const;
  readonly eventSource: string;
  readonly #targetPrefix: string;
  readonly #operations: ReadonlyMap<string, Operation>;

  constructor(operations: ReadonlyMap<string, Operation>, service = kmsService) {
    const { targetPrefix, eventSource } = service;
    this.eventSource = eventSource;
    this.#targetPrefix = targetPrefix;
    this.#operations = operations;
  }

  /** Whether a value of `X-Amz-Target` means this service. */
  isTargetOf(target: string): boolean {
    return target.startsWith(this.#targetPrefix);
  }

  /** In the order of AWS's front end: body, JSON, target. */
  decode(wire: WireRequest, target: string): DecodedRequest {
    if (wire.body.length === 0) throw serialization();
    const json = parseJsonBody(wire.body);
    const operation = this.isTargetOf(target)
      ? this.#operations.get(target.slice(this.#targetPrefix.length))
      : undefined;
    if (operation === undefined) throw unknownOperation();
    return { protocol: this, operation, json };
  }

  renderOutcome(operation: Operation, { output }: Outcome): WireReply {
    const body =
      operation.output === undefined || output === undefined ? '' : encodeOutput(operation.output, output);
    return { status: 200, contentType, body };
  }

  renderError(error: AwsError): WireReply {
    return { status: error.status, contentType, body: errorBody(error) };
  }
}

/** Whether a Content-Type is this protocol's, whatever its parameters. */
export function isAwsJson(value: string | undefined): boolean {
  return value === contentType || (value?.toLowerCase().startsWith(contentType) ?? false);
}
