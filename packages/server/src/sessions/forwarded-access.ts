import { AwsError } from '@keyhaven/api-model';
import type { Caller } from '../authentication/caller.ts';
import {
  type Credential,
  type CredentialSource,
  type ForwardedAccessSource,
  type ForwardedRequest,
  type ForwardingUser,
  shortServiceName,
  type VerifyForwarded,
} from '../authentication/index.ts';
import type { Clock } from '../clock.ts';
import { identityScope, type Keyring } from '../domain-keys/keyring.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { AccessForwarder, MintedAccess } from './port.ts';

/** How long a service may act for the user: as long as the user's own signature holds. */
const lifetimeMs = 5 * 60 * 1000;

/**
 * Users hand out requests that are signed for these, to prove who they are (a presigned GetCallerIdentity, say): they forward
 * nothing, and whoever answers them here is no service that acts for anybody.
 */
const ownServices: ReadonlySet<string> = new Set(['kms', 'sts', 'iam']);

/** The first member: a later format gets another number. */
const format = 1;

/** What a token holds: for whom, by whom, where and until when. The user's session token says all of a session. */
interface AccessContents {
  readonly format: number;
  readonly serviceName: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly principalId: string;
  readonly sessionToken: string | null;
  readonly expiresAt: number;
}

export interface ForwardedAccessParts {
  readonly keyring: Pick<Keyring, 'get' | 'allOf'>;
  readonly credentials: CredentialSource;
  readonly verify: VerifyForwarded;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Forwarded access: a service shows the request that a user signed for it, and gets a token to act for that user, for a few
 * minutes, in one Region. Opening a token looks the user's credential up again, so that a user that is gone, an access key that
 * was deactivated and a session that was revoked end it.
 */
export class ForwardedAccess implements ForwardedAccessSource, AccessForwarder {
  readonly #parts: ForwardedAccessParts;

  constructor(parts: ForwardedAccessParts) {
    this.#parts = parts;
  }

  /** Throws, or rejects with, AccessDeniedException, or what the user's own request would be refused with. */
  mint(caller: Caller, request: ForwardedRequest, service: string, now: number): Maybe<MintedAccess> {
    const { principal, region } = caller;
    if (principal.kind !== 'service') throw denied('Only a service can be given forwarded access.');
    const { serviceName } = principal;
    if (service !== shortServiceName(serviceName) || ownServices.has(service))
      throw denied('A service acts for users only on requests that they signed for that service.');
    return andThen(this.#parts.verify(request, service), (user) => {
      if (user.region !== region) throw denied('The request was signed for another Region.');
      return this.#seal(serviceName, user, now);
    });
  }

  /** The user's credential as it is now. */
  open(token: string, serviceName: string, region: string): Maybe<Credential | undefined> {
    const contents = this.#open(token);
    const now = this.#parts.clock.now();
    if (contents?.serviceName !== serviceName || contents.region !== region) return undefined;
    if (now >= contents.expiresAt) return undefined;
    const found = this.#parts.credentials.find(contents.accessKeyId, contents.sessionToken ?? undefined);
    return andThen(found, (user) => {
      if (user?.status !== 'Active' || user.principal.principalId !== contents.principalId) return undefined;
      return user.session !== undefined && now >= user.session.expiresAt ? undefined : user;
    });
  }

  #seal(
    serviceName: string,
    { credential, sessionToken, region }: ForwardingUser,
    now: number,
  ): MintedAccess {
    const { principal, accessKeyId } = credential;
    if (principal.kind === 'service') throw denied('A service acts for users, not for services.');
    const expiresAt = now + lifetimeMs;
    const contents: AccessContents = {
      format,
      serviceName,
      region,
      accessKeyId,
      principalId: principal.principalId,
      sessionToken: sessionToken ?? null,
      expiresAt,
    };
    const { key } = this.#parts.keyring.get(identityScope);
    const token = key.sealForwardedAccess(Buffer.from(JSON.stringify(contents)));
    return { token, expiresAt, principalArn: principal.arn, accessKeyId };
  }

  #open(token: string): AccessContents | undefined {
    for (const { key } of this.#parts.keyring.allOf(identityScope)) {
      const opened = key.openForwardedAccess(token);
      if (opened === undefined) continue;
      const contents = JSON.parse(opened.toString('utf8')) as AccessContents;
      return contents.format === format ? contents : undefined;
    }
    return undefined;
  }
}

/** The texts are Keyhaven's own. */
function denied(text: string): AwsError {
  return new AwsError('AccessDeniedException', text);
}
