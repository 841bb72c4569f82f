/**
 * What a policy is attached to, which decides on its grammar: a key, an identity (managed and inline policies, permissions
 * boundaries, session policies), a role that is to be assumed, or an account (service and resource control policies).
 */
export type DocumentKind = 'key' | 'identity' | 'trust' | 'control';

/** What the grammar of one kind asks of its statements. */
export interface StatementGrammar {
  readonly principal: 'required' | 'prohibited' | 'everyone or none';
  readonly action: 'required' | 'optional';
  readonly resource: 'required' | 'optional' | 'prohibited';
  /** Whether Sid holds letters and digits alone, and resources are ARNs: IAM looks closer at policies that it stores itself. */
  readonly isStrict: boolean;
}

/**
 * "Grammar of the IAM JSON policy language" and the elements' pages, IAM User Guide. KMS accepts statements of key policies
 * without action or resource, which have no effect ("Key policies in AWS KMS", KMS Developer Guide).
 */
export const statementGrammars: Readonly<Record<DocumentKind, StatementGrammar>> = {
  key: { principal: 'required', action: 'optional', resource: 'optional', isStrict: false },
  identity: { principal: 'prohibited', action: 'required', resource: 'required', isStrict: true },
  trust: { principal: 'required', action: 'required', resource: 'prohibited', isStrict: true },
  control: { principal: 'everyone or none', action: 'required', resource: 'required', isStrict: true },
};
