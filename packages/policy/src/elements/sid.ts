import type { StatementGrammar } from '../document-kind.ts';
import type { JsonObject } from '../json/json-value.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { findString } from './members.ts';

const lettersAndDigits = /^[0-9A-Za-z]*$/;

/** Reads Sid, which key policies may write with any characters ("Sid", IAM JSON policy elements reference). */
export function parseSid(
  statement: JsonObject,
  { isStrict }: StatementGrammar,
  where: string,
): string | undefined {
  const sid = findString(statement, 'Sid', where);
  if (isStrict && sid !== undefined && !lettersAndDigits.test(sid)) {
    throw new PolicySyntaxError(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    );
  }
  return sid;
}
