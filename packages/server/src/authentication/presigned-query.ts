import type { QueryParameter } from './query-parameters.ts';
import { incompleteSignature, mismatch } from './refusals.ts';
import type { SignatureClaim } from './signature-claim.ts';

/**
 * Reads the parameters of a presigned request (IAM User Guide, "Authentication methods": query parameters).
 * Names are case-sensitive; a repeated one is refused.
 */
export function readPresignedQuery(query: readonly QueryParameter[]): SignatureClaim {
  const algorithm = findOnce(query, 'X-Amz-Algorithm');
  const credential = findOnce(query, 'X-Amz-Credential');
  const signature = findOnce(query, 'X-Amz-Signature');
  const signedHeaders = findOnce(query, 'X-Amz-SignedHeaders');
  const date = findOnce(query, 'X-Amz-Date');
  if (!algorithm || !credential || !signature || !signedHeaders || !date) {
    let text = '';
    if (!algorithm) text += mustInclude('X-Amz-Algorithm');
    if (!credential) text += mustInclude('X-Amz-Credential');
    if (!signature) text += mustInclude('X-Amz-Signature');
    if (!signedHeaders) text += mustInclude('X-Amz-SignedHeaders');
    if (!date) text += mustInclude('X-Amz-Date');
    throw incompleteSignature(`${text}Re-examine the query-string parameters.`);
  }
  return {
    form: 'query',
    algorithm,
    credential,
    signedHeaders,
    signature,
    date,
    dateHeader: undefined,
    expires: findOnce(query, 'X-Amz-Expires'),
    sessionToken: findOnce(query, 'X-Amz-Security-Token'),
  };
}

function findOnce(query: readonly QueryParameter[], name: string): string | undefined {
  let value: string | undefined;
  for (const parameter of query) {
    if (parameter.name !== name) continue;
    if (value !== undefined) throw mismatch();
    value = parameter.value;
  }
  return value;
}

function mustInclude(name: string): string {
  return `AWS query-string parameters must include '${name}'. `;
}
