import type { Secret } from '@keyhaven/crypto';
import type { Maybe } from '../maybe.ts';
import type { SessionFacts } from './caller.ts';
import type { Principal } from './principal.ts';

/**
 * An access key and the principal it speaks for.
 * A source hands out the same object as long as nothing in it changed, and a new object after a change:
 * derived signing keys are kept for the object (`SigningKeys`), not for the access key id.
 */
export interface Credential {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly principal: Principal;
  readonly status: 'Active' | 'Inactive';
  /** The secret access key, as the UTF-8 bytes of the string the client holds. */
  readonly secret: Secret;
  /** Temporary credentials are used with a session token, long-term ones without. */
  readonly isTemporary: boolean;
  /** What temporary credentials say beside the principal. */
  readonly session?: SessionFacts;
  /** Whether this session token belongs to the credential; throws AwsError where another refusal fits (expiry). */
  verifyToken?(token: string): boolean;
}

/**
 * Where credentials are looked up, temporary ones by their session token, which must be of this access key. What is not found is
 * undefined; only a cache miss needs a promise.
 */
export interface CredentialSource {
  find(accessKeyId: string, sessionToken: string | undefined): Maybe<Credential | undefined>;
}
