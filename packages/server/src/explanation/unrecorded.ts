import type { Operation } from '../pipeline/operation.ts';
import type { RequestRecord } from './request-record.ts';

/** What a record does not hold of a request, and policies or grants could have decided on. */
export interface Unrecorded {
  /** Of the condition keys that policies ask for today. */
  readonly conditionKeys: readonly string[];
  /** In words: what decides without being a condition key. */
  readonly facts: readonly string[];
}

/** Of the condition keys that policies asked for in vain, those that the request may have had a value for all the same. */
export function findUnrecorded(
  record: RequestRecord,
  unanswered: readonly string[],
  { input, recorded }: Operation,
): Unrecorded {
  const isSession = record.sessionIssuedAt !== undefined;
  const isHeld = (member: string): boolean =>
    !(member in input) || (recorded.includes(member) && record.requestParametersOmitted !== true);
  const mayHaveBeen = (key: string): boolean =>
    key === 'aws:referer' ||
    (isSession && key.startsWith('aws:principaltag/')) ||
    (record.recipient !== undefined && key.startsWith('kms:recipientattestation:')) ||
    (!isHeld('Tags') && (key.startsWith('aws:requesttag/') || key === 'aws:tagkeys')) ||
    (record.requestParametersOmitted === true && key.startsWith('kms:'));
  const facts = [
    ...(isSession ? ['session policies', 'session tags'] : []),
    ...('GrantTokens' in input ? ['grant tokens'] : []),
    ...(record.requestParametersOmitted === true ? ['request parameters, which were too long'] : []),
    'whether it came over TLS',
  ];
  return { conditionKeys: unanswered.filter((key) => mayHaveBeen(key.toLowerCase())), facts };
}
