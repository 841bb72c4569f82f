import { expiredToken, packedPolicyTooLarge } from '@keyhaven/api-model';
import { maxSessionTokenBytes, randomBytes, sealedOverheadBytes } from '@keyhaven/crypto';
import type { RoleSessionPrincipal } from '@keyhaven/policy';
import { LRUCache } from 'lru-cache';
import type { SessionFacts } from '../authentication/caller.ts';
import type { Credential, CredentialSource } from '../authentication/index.ts';
import type { Clock } from '../clock.ts';
import { identityScope, type Keyring, type OpenDomainKey } from '../domain-keys/keyring.ts';
import { base32Of, iamArn, sessionArn } from '../identities/identifiers.ts';
import type { Role, Roles } from '../identities/roles.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { IssuedSession, NewSession, SessionIssuer } from './port.ts';
import { packContents, type SessionContents, unpackContents } from './session-contents.ts';

/** The first characters of every temporary access key id (IAM User Guide, "IAM identifiers"). */
const temporaryPrefix = 'ASIA';

export interface SessionsParts {
  readonly keyring: Pick<Keyring, 'get' | 'allOf' | 'isOpen'>;
  readonly roles: Pick<Roles, 'standingOf'>;
  readonly accounts: { isEnabled(accountId: string): boolean };
  readonly clock: Pick<Clock, 'now'>;
}

/** A token that opened, with what every request of its session needs. */
interface OpenedSession {
  /** The domain key that vouched for it; once that is retired, nothing does. */
  readonly domainKeyId: string;
  readonly credential: Credential;
  readonly principal: RoleSessionPrincipal;
  readonly facts: SessionFacts;
  readonly heldCharacters: number;
}

const mostHeldCharacters = 32 * 1024 * 1024;

/**
 * Sessions without a row of their own: all that a session is stands sealed in its token. A token that has opened is kept, so that
 * a request of a session costs what one of a long-term access key does; whether its role is there, and has not revoked it, is
 * asked every time. A kept token is the one Credential object of its session.
 */
export class Sessions implements CredentialSource, SessionIssuer {
  readonly #parts: SessionsParts;
  readonly #opened = new LRUCache<string, OpenedSession>({
    max: 10_000,
    maxSize: mostHeldCharacters,
    sizeCalculation: ({ heldCharacters }) => heldCharacters,
    dispose: ({ credential: { secret } }) => {
      secret.dispose();
    },
  });

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** Throws PackedPolicyTooLarge where a token cannot hold the session's policies and tags. */
  issue(role: Role, session: NewSession, now: number): IssuedSession {
    const accessKeyId = temporaryPrefix + base32Of(randomBytes(16));
    const contents = contentsOf(role, session, accessKeyId, now);
    const packed = packContents(contents, leastPackedBytes(session.minimumTokenCharacters));
    const percent = packed === undefined ? Infinity : Math.ceil((100 * packed.length) / maxSessionTokenBytes);
    if (packed === undefined || percent > 100) throw packedPolicyTooLarge(percent);
    const { key } = this.#parts.keyring.get(identityScope);
    using secret = key.sessionSecret(accessKeyId);
    const { arn, principalId } = principalOf(contents);
    return {
      accessKeyId,
      secretAccessKey: secret.use((bytes) => bytes.toString('latin1')),
      sessionToken: key.sealSessionToken(packed),
      expiresAt: contents.expiresAt,
      arn,
      principalId,
      packedPercent: percent,
    };
  }

  find(accessKeyId: string, sessionToken: string | undefined): Maybe<Credential | undefined> {
    const opened = sessionToken === undefined ? undefined : this.#open(sessionToken);
    if (opened?.credential.accessKeyId !== accessKeyId) return undefined;
    const { credential, principal, facts } = opened;
    const { accountId, roleId } = principal;
    if (!this.#parts.accounts.isEnabled(accountId)) return undefined;
    return andThen(this.#parts.roles.standingOf(accountId, roleId), (standing) =>
      standing !== undefined && standing.revokedBefore <= facts.issuedAt ? credential : undefined,
    );
  }

  /** Zeroises every secret access key in memory. */
  dispose(): void {
    this.#opened.clear();
  }

  #open(token: string): OpenedSession | undefined {
    const { keyring } = this.#parts;
    const known = this.#opened.get(token);
    if (known !== undefined && keyring.isOpen(known.domainKeyId)) return known;
    this.#opened.delete(token);
    for (const domainKey of keyring.allOf(identityScope)) {
      const packed = domainKey.key.openSessionToken(token);
      const contents = packed === undefined ? undefined : unpackContents(packed);
      if (contents === undefined) continue;
      const opened = this.#assemble(token, contents, domainKey);
      this.#opened.set(token, opened);
      return opened;
    }
    return undefined;
  }

  #assemble(token: string, contents: SessionContents, { id, key }: OpenDomainKey): OpenedSession {
    const { clock } = this.#parts;
    const { accessKeyId, policies } = contents;
    const principal = principalOf(contents);
    const facts = factsOf(contents);
    const credential: Credential = {
      accessKeyId,
      accountId: principal.accountId,
      principal,
      status: 'Active',
      secret: key.sessionSecret(accessKeyId),
      isTemporary: true,
      session: facts,
      verifyToken(given) {
        if (clock.now() >= facts.expiresAt) throw expiredToken();
        return given === token;
      },
    };
    const documents = policies.reduce((sum, { document }) => sum + document.length, 0);
    return { domainKeyId: id, credential, principal, facts, heldCharacters: token.length + documents + 1024 };
  }
}

/** Of what is sealed, so that the token in base64url has this length at least. */
function leastPackedBytes(tokenCharacters: number): number {
  return Math.ceil((tokenCharacters * 3) / 4) - sealedOverheadBytes;
}

function contentsOf(role: Role, session: NewSession, accessKeyId: string, now: number): SessionContents {
  const { accountId, roleId, roleName, path } = role;
  const { sessionName, durationSeconds, policies, tags, transitiveTagKeys, sourceIdentity, chainDepth } =
    session;
  return {
    accessKeyId,
    principal: { kind: 'assumed-role', accountId, roleId, roleName, path, sessionName },
    issuedAt: now,
    // As the reply says it, to the second.
    expiresAt: Math.floor(now / 1000 + durationSeconds) * 1000,
    policies,
    tags: [...tags],
    transitiveTagKeys,
    sourceIdentity: sourceIdentity ?? null,
    chainDepth,
  };
}

function principalOf({ principal }: SessionContents): RoleSessionPrincipal {
  const { accountId, roleId, roleName, path, sessionName } = principal;
  return {
    kind: 'assumed-role',
    accountId,
    arn: sessionArn(accountId, roleName, sessionName),
    principalId: `${roleId}:${sessionName}`,
    roleArn: iamArn('role', accountId, path, roleName),
    roleId,
    roleName,
    sessionName,
  };
}

function factsOf(contents: SessionContents): SessionFacts {
  const { policies, tags, transitiveTagKeys, sourceIdentity, issuedAt, expiresAt, chainDepth } = contents;
  return {
    policies,
    tags: new Map(tags),
    transitiveTagKeys,
    sourceIdentity: sourceIdentity ?? undefined,
    issuedAt,
    expiresAt,
    chainDepth,
  };
}
