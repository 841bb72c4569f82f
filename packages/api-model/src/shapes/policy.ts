import { list, string } from '../shape.ts';

// PutKeyPolicy, GetKeyPolicy and ListKeyPolicies of the KMS API Reference.

/** The shape takes 131,072 characters; the quota for a key policy document is 32,768 bytes. */
export const policy = string({
  min: 1,
  max: 131_072,
  pattern: String.raw`[\u0009\u000A\u000D\u0020-\u00FF]+`,
});
export const policyName = string({ min: 1, max: 128, pattern: String.raw`[\w]+` });
export const policyNames = list(policyName);
