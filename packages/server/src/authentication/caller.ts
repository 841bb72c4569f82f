import type { Principal } from './principal.ts';

/** What temporary credentials say beside the principal; all of it was sealed into their session token. */
export interface SessionFacts {
  /** Session policies as JSON, those of `Policy` and `PolicyArns` alike; empty: none limits the session. */
  readonly policies: readonly { readonly name: string; readonly document: string }[];
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** How many sessions this one was made through, one after the other; 0: a user or service assumed the role. */
  readonly chainDepth: number;
}

/** What only a service's own credential can say about a request. */
export interface ServiceFacts {
  /** Who signed: `s3.amazonaws.com`. */
  readonly serviceName: string;
  /** `<service>.<region>.amazonaws.com`, where the service acts for the user that `Caller.principal` is: `kms:ViaService`. */
  readonly viaService: string | undefined;
  /** The resource on whose behalf it calls, and that resource's account: `aws:SourceArn` and `aws:SourceAccount`. */
  readonly sourceArn: string | undefined;
  readonly sourceAccount: string | undefined;
}

/** Who makes this request, from where it may be made, and with which access key. */
export interface Caller {
  readonly principal: Principal;
  readonly accountId: string;
  readonly accessKeyId: string;
  /** The Region that the signature is for: it is the endpoint's Region. */
  readonly region: string;
  /** Undefined for long-term access keys. */
  readonly session: SessionFacts | undefined;
  /** Undefined unless a service signed. */
  readonly service: ServiceFacts | undefined;
}
