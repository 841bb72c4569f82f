import { roleNotAssumable, type SessionTag, validation } from '@keyhaven/api-model';
import type { Caller } from '../authentication/caller.ts';

/** The members of AssumeRole that say which session is wanted. */
export interface SessionRequest {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly Tags?: readonly SessionTag[] | undefined;
  readonly TransitiveTagKeys?: readonly string[] | undefined;
  readonly ExternalId?: string | undefined;
  readonly SourceIdentity?: string | undefined;
}

/** The session as it will be, what it takes over from the caller's own session included. */
export interface SessionOutline {
  readonly sessionName: string;
  readonly externalId: string | undefined;
  readonly sourceIdentity: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: readonly string[];
  readonly chainDepth: number;
}

/** "You can pass a maximum of 50 session tags", those that are passed on among them. */
const mostTags = 50;

/**
 * What a session takes over, and what it may not change: the transitive tags of the caller's session, and its source identity
 * ("Passing session tags in AWS STS" and "Monitor and control actions taken with assumed roles", IAM User Guide).
 * Throws ValidationException, whose texts are Keyhaven's own, or AccessDeniedException for another source identity.
 */
export function outlineSession(request: SessionRequest, caller: Caller): SessionOutline {
  const { session } = caller;
  const inherited = new Map(
    session?.transitiveTagKeys.flatMap((key) => {
      const value = session.tags.get(key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
  const tags = addTags(inherited, request.Tags ?? []);
  return {
    sessionName: request.RoleSessionName,
    externalId: request.ExternalId,
    sourceIdentity: keepSourceIdentity(request, caller),
    tags,
    transitiveTagKeys: [...inherited.keys(), ...addedTransitiveKeys(request, tags, inherited)],
    chainDepth: session === undefined ? 0 : session.chainDepth + 1,
  };
}

/** Tag keys differ in more than case. */
function addTags(
  inherited: ReadonlyMap<string, string>,
  requested: readonly SessionTag[],
): ReadonlyMap<string, string> {
  const tags = new Map(inherited);
  const taken = new Set([...inherited.keys()].map((key) => key.toLowerCase()));
  for (const { Key, Value } of requested) {
    const key = Key.toLowerCase();
    if (key.startsWith('aws:')) throw validation('Tag keys that begin with aws: are reserved.');
    if (taken.has(key)) {
      throw validation(
        'Duplicate tag keys found, of which one may be a transitive tag of the calling session. Please note that Tag keys are case insensitive.',
      );
    }
    taken.add(key);
    tags.set(Key, Value);
  }
  if (tags.size > mostTags) throw validation(`A session has at most ${mostTags} tags.`);
  return tags;
}

/** Only what the request itself passes can be made transitive; what is taken over is so already. */
function addedTransitiveKeys(
  { TransitiveTagKeys = [] }: SessionRequest,
  tags: ReadonlyMap<string, string>,
  inherited: ReadonlyMap<string, string>,
): readonly string[] {
  for (const key of TransitiveTagKeys) {
    if (!tags.has(key) || inherited.has(key))
      throw validation('The specified transitive tag keys must be among the requested tags.');
  }
  return [...new Set(TransitiveTagKeys)];
}

/** Once it is set it stays, through every role that is assumed from there. */
function keepSourceIdentity(
  { SourceIdentity, RoleArn }: SessionRequest,
  { session, principal }: Caller,
): string | undefined {
  const kept = session?.sourceIdentity;
  if (kept !== undefined && SourceIdentity !== undefined && SourceIdentity !== kept)
    throw roleNotAssumable(principal.arn, 'sts:SetSourceIdentity', RoleArn);
  return kept ?? SourceIdentity;
}
