/** The constraints of a grant; a grant has at most one of the two on the encryption context (GrantConstraints, KMS API Reference). */
export interface GrantConstraints {
  readonly encryptionContextEquals: ReadonlyMap<string, string> | undefined;
  readonly encryptionContextSubset: ReadonlyMap<string, string> | undefined;
  /** The ARN that `aws:SourceArn` of the request must match. */
  readonly sourceArn: string | undefined;
}

/** What a grant allows, as the decision sees it. Whether it is effective yet, and whom it names, whoever found it has asked. */
export interface Grant {
  readonly grantId: string;
  /** GrantOperation names, such as `Decrypt` and `ReEncryptFrom`. */
  readonly operations: ReadonlySet<string>;
  readonly constraints: GrantConstraints;
  /**
   * How the grant names the caller. The role of a session stands for all its sessions, so boundary and session policy limit the
   * session as they do where a key policy names the role; an account's root stands for those whom IAM allows.
   */
  readonly grantee: 'principal' | 'role' | 'account' | 'service';
}

/** What a request says for the constraints of grants. */
export interface GrantRequest {
  /** The GrantOperation that the permission is: the action without `kms:`. */
  readonly operation: string;
  /** Undefined where the operation takes none. Of CreateGrant: the pairs that the new grant's constraints name. */
  readonly encryptionContext: ReadonlyMap<string, string> | undefined;
  /** `aws:SourceArn`; only services say it. */
  readonly sourceArn: string | undefined;
}
