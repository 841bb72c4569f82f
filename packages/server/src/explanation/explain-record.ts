import type { Operation } from '../pipeline/operation.ts';
import type { Ports } from '../pipeline/ports.ts';
import type { Explanation } from './explanation.ts';
import { explainRequest } from './explain-request.ts';
import { findPrincipal } from './find-principal.ts';
import { namingMembers, repeatRequest, type Repetition } from './recorded-request.ts';
import { outcomeOf, type RecordedOutcome, type RequestRecord } from './request-record.ts';
import { findUnrecorded, type Unrecorded } from './unrecorded.ts';

/** A recorded request: what was decided then, and what would be now. */
export interface ExplainedRecord {
  readonly requestId: string;
  readonly then: {
    /** Epoch milliseconds. */
    readonly at: number;
    readonly operation: string;
    readonly region: string;
    readonly principal: string;
    readonly outcome: RecordedOutcome;
    readonly decidedBy: string | undefined;
    readonly errorCode: string | undefined;
    readonly errorMessage: string | undefined;
    readonly resources: readonly string[];
  };
  /** Undefined where the same request could not be made any more. */
  readonly now: Explanation | undefined;
  readonly whyNotNow: string | undefined;
  /** Whether it would be allowed now and was not then, or the other way round; undefined where either is not known. */
  readonly differs: boolean | undefined;
  readonly unrecorded: Unrecorded;
}

/** `operation`: of the record; undefined where this version has none of the name. */
export async function explainRecord(
  record: RequestRecord,
  operation: Operation | undefined,
  circumstances: Repetition,
  ports: Ports,
): Promise<ExplainedRecord> {
  const outcome = outcomeOf(record, operation !== undefined && namingMembers(operation).length > 0);
  const { now, whyNotNow } = await repeat(record, operation, circumstances, ports);
  const isAsked = operation !== undefined && now !== undefined;
  return {
    requestId: record.requestId,
    then: {
      at: record.eventTime,
      operation: record.eventName,
      region: record.awsRegion,
      principal: record.principal,
      outcome,
      decidedBy: record.decidedBy,
      errorCode: record.errorCode,
      errorMessage: record.errorMessage,
      resources: record.resources ?? [],
    },
    now,
    whyNotNow,
    differs: differs(outcome, now),
    unrecorded: isAsked ? findUnrecorded(record, now.unstated, operation) : { conditionKeys: [], facts: [] },
  };
}

type Repeated = Pick<ExplainedRecord, 'now' | 'whyNotNow'>;

async function repeat(
  record: RequestRecord,
  operation: Operation | undefined,
  circumstances: Repetition,
  ports: Ports,
): Promise<Repeated> {
  const not = (whyNotNow: string): Repeated => ({ now: undefined, whyNotNow });
  if (operation === undefined) return not(`This version has no operation ${record.eventName}.`);
  const principal = await findPrincipal(record.principal, record.accountId, ports.identities);
  if (principal === undefined) return not(`The principal ${record.principal} does not exist any more.`);
  if (record.principalId !== undefined && record.principalId !== principal.principalId)
    return not(`${record.principal} is another principal now: the one of then was deleted.`);
  const asked = repeatRequest(record, principal, operation, circumstances);
  if (namingMembers(operation).some((member) => asked.input[member] === undefined))
    return not('It cannot be asked again: the record does not tell which key it was about.');
  return { now: await explainRequest(asked, ports), whyNotNow: undefined };
}

/** Whether permission was given then, against now. */
function differs(outcome: RecordedOutcome, now: Explanation | undefined): boolean | undefined {
  if (now === undefined || outcome === 'failed' || outcome === 'failed before authorization')
    return undefined;
  return (now.decision === 'allowed') !== (outcome !== 'denied');
}
