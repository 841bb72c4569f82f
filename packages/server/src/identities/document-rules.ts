import { parsePolicyDocument, PolicySyntaxError } from '@keyhaven/policy';

/**
 * What documents may be long, in characters that are not white space ("IAM and AWS STS quotas", IAM User Guide; "Quotas for AWS
 * Organizations"). Inline policies count together.
 */
export const mostDocumentCharacters = {
  managed: 6144,
  userInline: 2048,
  groupInline: 5120,
  roleInline: 10_240,
  trust: 2048,
  control: 5120,
} as const;

/** IAM does not count white space. */
export function countedCharacters(document: string): number {
  return document.replace(/\s/g, '').length;
}

/** The rule of the policy language that the text breaks; undefined where it is a document of that kind. */
export function documentFault(text: string, kind: 'identity' | 'control' | 'trust'): string | undefined {
  try {
    parsePolicyDocument(text, kind);
    return undefined;
  } catch (error) {
    if (error instanceof PolicySyntaxError) return error.message;
    throw error;
  }
}
