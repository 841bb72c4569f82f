import { z } from 'zod';

/** What is read of a request's record, by its names in the journal; times are epoch milliseconds. */
export const requestRecordSchema = z.object({
  eventTime: z.number(),
  requestId: z.string(),
  eventSource: z.string(),
  eventName: z.string(),
  awsRegion: z.string(),
  /** An ARN, or a service's name. */
  principal: z.string(),
  accountId: z.string(),
  accessKeyId: z.string(),
  /** Of sessions: the role's unique id and the session's name. */
  principalId: z.string().optional(),
  sessionIssuedAt: z.number().optional(),
  sourceIdentity: z.string().optional(),
  invokedBy: z.string().optional(),
  sourceArn: z.string().optional(),
  sourceAccount: z.string().optional(),
  sourceIPAddress: z.string(),
  userAgent: z.string().optional(),
  requestParameters: z.record(z.string(), z.unknown()).nullish(),
  requestParametersOmitted: z.boolean().optional(),
  resources: z.array(z.string()).optional(),
  decidedBy: z.string().optional(),
  recipient: z.record(z.string(), z.string()).optional(),
  errorCode: z.string().optional(),
  errorMessage: z.string().optional(),
});

export type RequestRecord = z.infer<typeof requestRecordSchema>;

/**
 * How far a recorded request came. Permissions are asked for once what it names is loaded, which is when the record has its keys:
 * another error than AccessDenied then came behind them. Of an operation without a key that cannot be told.
 */
export type RecordedOutcome =
  'allowed' | 'denied' | 'failed before authorization' | 'failed after authorization' | 'failed';

export function outcomeOf(record: RequestRecord, takesKey: boolean): RecordedOutcome {
  const { errorCode, resources = [], decidedBy } = record;
  if (errorCode === undefined || errorCode === 'DryRunOperationException') return 'allowed';
  if (errorCode === 'AccessDeniedException') return 'denied';
  if (decidedBy !== undefined || resources.length > 0) return 'failed after authorization';
  return takesKey ? 'failed before authorization' : 'failed';
}
