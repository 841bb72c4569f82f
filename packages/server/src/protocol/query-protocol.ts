import {
  AwsError,
  decodeForm,
  encodeXml,
  escapeXml,
  type FormParameter,
  parseForm,
} from '@keyhaven/api-model';
import type { WireReply } from './wire-reply.ts';
import type { Operation, Outcome } from '../pipeline/operation.ts';
import type { DecodedRequest, Protocol } from './protocol.ts';
import type { WireRequest } from './wire-request.ts';

const contentType = 'text/xml';

/** The operations that speak this format have small inputs. */
const mostFormCharacters = 32 * 1024;

/** A service that speaks AWS Query: its name in the signature's scope, its API version and XML namespace. */
export interface QueryService {
  readonly service: 'sts';
  readonly version: string;
  readonly namespace: string;
  readonly eventSource: string;
}

/** The KMS names of authentication failures, and what the Query services call them, with their status. */
const queryCodes = new Map<string, readonly [code: string, status: number]>([
  ['UnrecognizedClientException', ['InvalidClientTokenId', 403]],
  ['InvalidSignatureException', ['SignatureDoesNotMatch', 403]],
  ['MissingAuthenticationTokenException', ['MissingAuthenticationToken', 403]],
  ['IncompleteSignatureException', ['IncompleteSignature', 400]],
  ['ExpiredTokenException', ['ExpiredToken', 403]],
  ['AccessDeniedException', ['AccessDenied', 403]],
  ['ValidationException', ['ValidationError', 400]],
  ['MalformedPolicyDocumentException', ['MalformedPolicyDocument', 400]],
  ['ThrottlingException', ['Throttling', 400]],
  ['ServiceUnavailableException', ['ServiceUnavailable', 503]],
  ['KMSInternalException', ['InternalFailure', 500]],
]);

/** AWS Query: parameters in a form or in the query string, replies in XML. */
export class QueryProtocol implements Protocol {
  readonly expectation: { readonly service: 'sts' };
  readonly eventSource: string;
  readonly #service: QueryService;
  readonly #operations: ReadonlyMap<string, Operation>;

  constructor(service: QueryService, operations: ReadonlyMap<string, Operation>) {
    this.expectation = { service: service.service };
    this.eventSource = service.eventSource;
    this.#service = service;
    this.#operations = operations;
  }

  decode(wire: WireRequest): DecodedRequest {
    const text = wire.method === 'POST' ? wire.body.toString('latin1') : wire.query;
    // Nobody has signed yet, so what is read is bounded.
    if (text.length > mostFormCharacters) {
      throw new AwsError('RequestEntityTooLarge', `A form may have ${mostFormCharacters} characters.`, 413);
    }
    const form = parseForm(text);
    const action = findOnce(form, 'Action');
    const version = findOnce(form, 'Version') ?? '';
    if (action === undefined) throw new AwsError('MissingAction', 'Missing Action');
    const operation = this.#operations.get(action);
    if (operation === undefined || version !== this.#service.version) {
      throw new AwsError(
        'InvalidAction',
        `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 128) || 'NO_VERSION_SPECIFIED'}`,
      );
    }
    return { protocol: this, operation, json: decodeForm(operation.input, form) };
  }

  renderOutcome(operation: Operation, { output }: Outcome, requestId: string): WireReply {
    const members =
      operation.output === undefined || output === undefined ? '' : encodeXml(operation.output, output);
    const { name } = operation;
    const body =
      `<${name}Response xmlns="${this.#service.namespace}"><${name}Result>${members}</${name}Result>` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`;
    return { status: 200, contentType, body };
  }

  renderError(error: AwsError, requestId: string): WireReply {
    const [code, status] = queryCodes.get(error.code) ?? [error.code, error.status];
    const type = status >= 500 ? 'Receiver' : 'Sender';
    const body =
      `<ErrorResponse xmlns="${this.#service.namespace}"><Error><Type>${type}</Type><Code>${escapeXml(code)}</Code>` +
      `<Message>${escapeXml(error.text ?? '')}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status, contentType, body };
  }
}

/** Of a parameter that comes twice two readers could see two requests. Keyhaven's own text: AWS documents the code only. */
function findOnce(form: readonly FormParameter[], name: string): string | undefined {
  const found = form.filter(([one]) => one === name);
  if (found.length > 1)
    throw new AwsError('InvalidParameterCombination', 'Action and Version may be given once only.');
  return found[0]?.[1];
}
