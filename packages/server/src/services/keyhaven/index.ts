import type { Operation } from '../../pipeline/operation.ts';
import type { JsonService } from '../../protocol/json-protocol.ts';
import { ForwardAccess } from './operations/forward-access.ts';

/** What AWS's services have among themselves and nobody else sees: here services of your own use it. */
export const keyhavenServices: JsonService = {
  targetPrefix: 'KeyhavenServices.',
  eventSource: 'services.keyhaven',
};

export const keyhavenOperations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [ForwardAccess.name, ForwardAccess],
]);
