import { z } from 'zod';

/** What a journal record says about the store. */
export interface JournalFact {
  readonly eventId: string | undefined;
  readonly eventName: string;
  /** Service time, epoch milliseconds; 0 where the record tells none. */
  readonly at: number;
  /** Whose head counted the change that the record tells of; undefined where it changed nothing in a Region. */
  readonly head: { readonly accountId: string; readonly region: string } | undefined;
  /** The keys that it made or destroyed. */
  readonly keyIds: readonly string[];
}

const recordSchema = z.object({
  eventId: z.string().optional(),
  eventName: z.string().optional(),
  eventTime: z.number().optional(),
  eventType: z.string().optional(),
  eventSource: z.string().optional(),
  readOnly: z.boolean().optional(),
  commits: z.boolean().optional(),
  errorCode: z.string().optional(),
  awsRegion: z.string().optional(),
  accountId: z.string().optional(),
  changedAccountId: z.string().optional(),
  resources: z.array(z.string()).optional(),
});

const recordsSchema = z.array(recordSchema);

type StoredRecord = z.infer<typeof recordSchema>;

const keyArnPattern = /:key\/([^/:]+)$/;

const serviceEvent = 'AwsServiceEvent';

const tellsOfChanges = ['"readOnly":false', '"commits":true', `"${serviceEvent}"`];

/**
 * The records of a frame that tell of changes; most frames hold none, and are not parsed. A record that is not one of
 * ours says nothing.
 */
export function readFacts(frame: string): readonly JournalFact[] {
  if (!tellsOfChanges.some((mark) => frame.includes(mark))) return [];
  const records = recordsSchema.safeParse(parse(frame)).data ?? [];
  return records.filter((record) => isService(record) || isChange(record)).map(factOf);
}

function parse(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return undefined;
  }
}

const isService = ({ eventType }: StoredRecord) => eventType === serviceEvent;

/** Every request that may change something and was not refused is one commit, whether or not it changed anything. */
const isChange = ({ readOnly, commits, errorCode }: StoredRecord) =>
  (readOnly === false || commits === true) && errorCode === undefined;

/** Changes of KMS that name account and Region, and nothing else, raise the head of that account and Region by one. */
function factOf(record: StoredRecord): JournalFact {
  const {
    eventId,
    eventName = '',
    eventTime = 0,
    eventSource,
    accountId,
    changedAccountId,
    awsRegion,
    resources = [],
  } = record;
  const isCounted = eventSource === 'kms.amazonaws.com' && accountId !== undefined && awsRegion !== undefined;
  return {
    eventId,
    eventName,
    at: eventTime,
    head: isCounted ? { accountId: changedAccountId ?? accountId, region: awsRegion } : undefined,
    keyIds: resources.map((arn) => keyArnPattern.exec(arn)?.[1]).filter((id) => id !== undefined),
  };
}
