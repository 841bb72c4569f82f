import type { Caller } from '../authentication/caller.ts';
import type { ForwardedRequest } from '../authentication/index.ts';
import type { Role } from '../identities/roles.ts';
import type { Maybe } from '../maybe.ts';

/** A session that is about to be made; all of it is checked. */
export interface NewSession {
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly policies: readonly { readonly name: string; readonly document: string }[];
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
  readonly chainDepth: number;
  /** The token is filled up to this length. */
  readonly minimumTokenCharacters: number;
}

/** What the one who made it gets. The secret stands nowhere else: it is derived anew when it is needed. */
export interface IssuedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch milliseconds, whole seconds. */
  readonly expiresAt: number;
  /** Of the session. */
  readonly arn: string;
  readonly principalId: string;
  /** How much of a token's room it takes, 1 to 100. */
  readonly packedPercent: number;
}

/** Makes sessions of roles. */
export interface SessionIssuer {
  issue(role: Role, session: NewSession, now: number): IssuedSession;
}

/** What a service gets for a user's request. */
export interface MintedAccess {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** The user, for the record. */
  readonly principalArn: string;
  readonly accessKeyId: string;
}

/** Lets services act for the users whose requests they show. */
export interface AccessForwarder {
  mint(caller: Caller, request: ForwardedRequest, service: string, now: number): Maybe<MintedAccess>;
}
