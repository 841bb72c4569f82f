import { findIpRange, isWithin } from './ip-range.ts';
import { typedOperator, type Operator } from './operator.ts';

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes, as the one text that stands for them: the last digit may carry bits that mean nothing (RFC 4648, section 3.5). */
function findBytes(text: string): string | undefined {
  return base64.test(text) ? Buffer.from(text, 'base64').toString('base64') : undefined;
}

/** `true` and `false` in any case, as AWS writes them in both. */
export function findBoolean(text: string): boolean | undefined {
  const lowerCase = text.toLowerCase();
  return lowerCase === 'true' || lowerCase === 'false' ? lowerCase === 'true' : undefined;
}

/** "Boolean condition operators", "Binary condition operators" and "IP address condition operators", IAM User Guide. */
export const otherOperators: readonly (readonly [string, Operator])[] = [
  ['Bool', typedOperator(findBoolean, (value, wanted) => value === wanted)],
  ['BinaryEquals', typedOperator(findBytes, (value, wanted) => value === wanted)],
  ['IpAddress', typedOperator(findIpRange, isWithin)],
  ['NotIpAddress', typedOperator(findIpRange, isWithin, true)],
];
