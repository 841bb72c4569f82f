import type { Grant, PolicyKind } from '@keyhaven/policy';
import type { CastName } from './cast.ts';

type Texts = string | readonly string[];

/** A principal element as policies write it. */
export type PrincipalText = '*' | Readonly<Record<string, Texts>>;

/** A statement as policies write it. */
export interface StatementText {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: PrincipalText;
  readonly NotPrincipal?: PrincipalText;
  readonly Action?: Texts;
  readonly NotAction?: Texts;
  readonly Resource?: Texts;
  readonly NotResource?: Texts;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Texts | boolean | number>>>>;
}

/** The statements of one policy. */
export type PolicyText = readonly StatementText[];

/** A grant on the test's key to the caller. */
export interface CaseGrant {
  readonly operations: readonly string[];
  /** How the grant names the caller. */
  readonly grantee: Grant['grantee'];
  readonly equals?: Readonly<Record<string, string>>;
  readonly subset?: Readonly<Record<string, string>>;
  readonly sourceArn?: string;
}

/** One permission that the operation asks for, and on what. */
export interface AskedPermission {
  readonly action: string;
  /** The test's key, its alias `alias/test`, or nothing that has an ARN. */
  readonly on: 'key' | 'alias' | 'account';
}

/** A request as a client makes it. The key's identifier and all blobs are the runner's to fill in. */
export interface CaseRequest {
  readonly operation: string;
  readonly input?: Readonly<Record<string, unknown>>;
  /** How the request names the key: by its ARN unless said otherwise. */
  readonly keyNamedBy?: 'alias' | 'alias ARN';
  /** What a service that acts for the caller, or for a resource, says. */
  readonly via?: { readonly service?: string; readonly sourceArn?: string; readonly sourceAccount?: string };
  /** What is asked, all of which must be allowed; by default `kms:<operation>` on the key. */
  readonly asks?: readonly AskedPermission[];
}

/** The kind of policy that AWS's message names, of a refusal by silence or by a Deny. */
export type Expected =
  'allow' | { readonly deny: PolicyKind; readonly by: 'silence' | 'a Deny'; readonly of?: string };

/** One case of the table of decisions: the same data is decided by the policy package alone and asked of a running service. */
export interface DecisionCase {
  /** A sentence of the specification. */
  readonly name: string;
  /** The title of the page of AWS's documentation that it rests on. */
  readonly page: string;
  readonly principal: CastName;
  readonly key?: {
    readonly kind?: 'symmetric' | 'RSA encryption' | 'RSA signing' | 'ECC signing' | 'ECC agreement' | 'HMAC';
    readonly multiRegion?: boolean;
    readonly tags?: Readonly<Record<string, string>>;
    readonly aliases?: readonly string[];
  };
  /** The key belongs to account 111122223333. Absent: its default key policy. */
  readonly keyPolicy?: PolicyText;
  readonly policyVersion?: '2008-10-17';
  /** Identity policies of the user or the role. */
  readonly identity?: readonly PolicyText[];
  readonly boundary?: PolicyText;
  readonly session?: readonly PolicyText[];
  readonly serviceControl?: readonly PolicyText[];
  readonly resourceControl?: readonly PolicyText[];
  readonly grants?: readonly CaseGrant[];
  readonly request: CaseRequest;
  /** What the request says for condition keys, beside what the cast says for its principals. */
  readonly values?: Readonly<Record<string, Texts>>;
  readonly expected: Expected;
  /** The refusal is as for a key that does not exist: it belongs to another account, which has not let the caller in. */
  readonly isConcealedOnTheWire?: boolean;
  /** Why no request of a real client can be this case. */
  readonly pureOnly?: string;
}

/** Refused because no policy of the kind allows; `of` where the operation asks for several permissions. */
export function no(kind: PolicyKind, of?: string): Expected {
  return of === undefined ? { deny: kind, by: 'silence' } : { deny: kind, by: 'silence', of };
}

/** Refused by an explicit deny in a policy of the kind. */
export function denied(kind: PolicyKind, of?: string): Expected {
  return of === undefined ? { deny: kind, by: 'a Deny' } : { deny: kind, by: 'a Deny', of };
}
