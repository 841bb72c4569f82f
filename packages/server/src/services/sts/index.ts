import type { Operation } from '../../pipeline/operation.ts';
import type { QueryService } from '../../protocol/query-protocol.ts';
import { AssumeRole } from './operations/assume-role.ts';
import { GetCallerIdentity } from './operations/get-caller-identity.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html */
export const stsService: QueryService = {
  service: 'sts',
  version: '2011-06-15',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  eventSource: 'sts.amazonaws.com',
};

export const stsOperations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [AssumeRole.name, AssumeRole],
  [GetCallerIdentity.name, GetCallerIdentity],
]);
