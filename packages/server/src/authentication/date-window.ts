import { invalidSignature } from './refusals.ts';
import { formatBasic, type RequestDate } from './request-date.ts';
import type { SignatureClaim } from './signature-claim.ts';

const skewSeconds = 300;
const longestExpirySeconds = 604_800;

/**
 * Refuses a signature that is more than 5 minutes ahead, or older than 5 minutes, or, presigned, older than its
 * `X-Amz-Expires`. Compared by whole seconds, as the texts show them; both edges are inside.
 */
export function checkDateWindow(claim: SignatureClaim, date: RequestDate, wallClockMs: number): void {
  const nowMs = Math.floor(wallClockMs / 1000) * 1000;
  const lifetimeSeconds = claim.expires === undefined ? skewSeconds : parseExpires(claim.expires);
  const earliestMs = nowMs - lifetimeSeconds * 1000;
  if (date.epochMs < earliestMs) {
    const now = formatBasic(nowMs);
    throw invalidSignature(
      `Signature expired: ${date.basic} is now earlier than ${formatBasic(earliestMs)} (${now} - ${duration(lifetimeSeconds)})`,
    );
  }
  const latestMs = nowMs + skewSeconds * 1000;
  if (date.epochMs > latestMs) {
    const now = formatBasic(nowMs);
    throw invalidSignature(
      `Signature not yet current: ${date.basic} is still later than ${formatBasic(latestMs)} (${now} + 5 min.)`,
    );
  }
}

function parseExpires(expires: string): number {
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (seconds >= 1 && seconds <= longestExpirySeconds) return seconds;
  // Keyhaven's own text: AWS documents the limits and no sentence.
  throw invalidSignature(
    `X-Amz-Expires must be a whole number of seconds from 1 to ${longestExpirySeconds}.`,
  );
}

function duration(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`;
}
