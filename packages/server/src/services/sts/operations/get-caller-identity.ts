import { string } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { callerTarget } from '../../../pipeline/targets/caller.ts';

/** Says who signs; needs no permission. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export const GetCallerIdentity = operation({
  name: 'GetCallerIdentity',
  access: 'read',
  input: {},
  output: { Arn: string(), UserId: string(), Account: string() },
  target: callerTarget(),
  recorded: [],
  act: ({ caller: { principal } }) => ({
    output: { Arn: principal.arn, UserId: principal.principalId, Account: principal.accountId },
  }),
});
