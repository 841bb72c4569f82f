import type { DecodedRequest } from './protocol.ts';
import { isAwsJson, type JsonProtocol } from './json-protocol.ts';
import type { QueryProtocol } from './query-protocol.ts';
import { WireRefusal } from './wire-refusal.ts';
import { findHeader, type WireRequest } from './wire-request.ts';

export interface Protocols {
  readonly json: JsonProtocol;
  /** What services have beside KMS. */
  readonly services: JsonProtocol;
  readonly query: QueryProtocol;
}

/** Picks the wire format and the operation. One endpoint serves all services and all Regions. */
export function decode(wire: WireRequest, protocols: Protocols): DecodedRequest {
  const { json, services, query } = protocols;
  if (wire.method !== 'POST') {
    if (wire.method === 'GET' && wire.path === '/' && /(?:^|&)Action=/.test(wire.query))
      return query.decode(wire);
    throw WireRefusal.notPost();
  }
  if (wire.path !== '/') throw WireRefusal.unknownOperation();
  const contentType = findHeader(wire, 'content-type');
  if (isAwsJson(contentType)) {
    const target = findTarget(wire) ?? '';
    return (services.isTargetOf(target) ? services : json).decode(wire, target);
  }
  if (contentType?.startsWith('application/x-www-form-urlencoded') === true) return query.decode(wire);
  throw WireRefusal.unknownOperation();
}

/**
 * `X-Amz-Target`, from the query where there is no such header: AWS's signers move the header there when they presign.
 * Either is signed. A request that names it twice in its query names no operation.
 */
function findTarget(wire: WireRequest): string | undefined {
  const header = findHeader(wire, 'x-amz-target');
  if (header !== undefined || wire.query === '') return header;
  const targets = [...new URLSearchParams(wire.query)].filter(
    ([name]) => name.toLowerCase() === 'x-amz-target',
  );
  return targets.length === 1 ? targets[0]?.[1] : undefined;
}

/** Whose words a failure before `decode` has finished is told in. */
export function protocolFor(wire: WireRequest, protocols: Protocols): JsonProtocol | QueryProtocol {
  return isAwsJson(findHeader(wire, 'content-type')) ? protocols.json : protocols.query;
}
