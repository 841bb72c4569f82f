import { incompleteSignature, shown } from './refusals.ts';
import type { SignatureClaim } from './signature-claim.ts';

/** The instant the signature names. */
export interface RequestDate {
  /** Milliseconds since the epoch, whole seconds. */
  readonly epochMs: number;
  /** ISO 8601 basic format, `YYYYMMDDTHHMMSSZ`: what the string to sign carries. */
  readonly basic: string;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const basicFormat = /^\d{8}T\d{6}Z$/;
/** RFC 9110 section 5.6.7, IMF-fixdate; the day's name is not checked against the date. */
const imfFixdate = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;

/**
 * Reads the date: ISO 8601 basic format, or IMF-fixdate where it comes from the `Date` header.
 * Throws IncompleteSignatureException for anything else, days that do not exist included.
 */
export function readRequestDate(claim: SignatureClaim): RequestDate {
  const basic = claim.dateHeader === 'date' ? (fromImfFixdate(claim.date) ?? claim.date) : claim.date;
  const epochMs = basicFormat.test(basic) ? epochOfBasic(basic) : NaN;
  if (Number.isNaN(epochMs)) {
    throw incompleteSignature(
      `Date must be in ISO-8601 'basic format'. Got '${shown(claim.date)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  return { epochMs, basic };
}

/** ISO 8601 basic format of an instant, to the second. */
export function formatBasic(epochMs: number): string {
  const extended = new Date(epochMs).toISOString();
  return `${extended.slice(0, 19).replaceAll('-', '').replaceAll(':', '')}Z`;
}

function epochOfBasic(basic: string): number {
  const year = twoDigits(basic, 0) * 100 + twoDigits(basic, 2);
  const month = twoDigits(basic, 4);
  const day = twoDigits(basic, 6);
  const hour = twoDigits(basic, 9);
  const minute = twoDigits(basic, 11);
  const second = twoDigits(basic, 13);
  // Date.UTC takes years below 100 for the 20th century and carries days over into the next month.
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return NaN;
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30;
}

function fromImfFixdate(text: string): string | undefined {
  const match = imfFixdate.exec(text);
  if (match === null) return undefined;
  const [, day = '', monthName = '', year = '', hour = '', minute = '', second = ''] = match;
  const month = months.indexOf(monthName) + 1;
  return `${year}${String(month).padStart(2, '0')}${day}T${hour}${minute}${second}Z`;
}
