import { AwsError } from '@keyhaven/api-model';
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
  ['ThrottlingException', ['Throttling', 400]],
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
    const text = wire.method === 'POST' ? wire.body.toString('utf8') : wire.query;
    // Nobody has signed yet, and the parser's work grows with the square of what it is given.
    if (text.length > mostFormCharacters) {
      throw new AwsError('RequestEntityTooLarge', `A form may have ${mostFormCharacters} characters.`, 413);
    }
    const form = new URLSearchParams(text);
    const action = form.get('Action');
    if (action === null) throw new AwsError('MissingAction', 'Missing Action');
    if (form.getAll('Action').length > 1 || form.getAll('Version').length > 1) {
      // Two readers could see two requests. Keyhaven's own text: AWS documents the code only.
      throw new AwsError('InvalidParameterCombination', 'Action and Version may be given once only.');
    }
    const version = form.get('Version') ?? '';
    const operation = this.#operations.get(action);
    if (operation === undefined || version !== this.#service.version) {
      throw new AwsError(
        'InvalidAction',
        `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 128) || 'NO_VERSION_SPECIFIED'}`,
      );
    }
    return { protocol: this, operation, json: {} };
  }

  renderOutcome(operation: Operation, { output }: Outcome, requestId: string): WireReply {
    const members = Object.entries(output ?? {})
      .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
      .join('');
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

const xmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Characters that XML 1.0 cannot hold at all are replaced, as a reader would refuse the whole reply. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => xmlEscapes[character] ?? character)
    .replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
