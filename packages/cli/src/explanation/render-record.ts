import { renderFacts } from '../terminal/table.ts';
import { renderPermission } from './render-explanation.ts';
import type { ExplainedRecord } from './results.ts';
import { wrapText } from './wrap-text.ts';

/** What was decided then, and under it what would be decided now. */
export function renderRecord(record: ExplainedRecord): string {
  const { requestId, then } = record;
  const facts = renderFacts([
    ['Request', requestId],
    ['At', then.at],
    ['Operation', `${then.operation} in ${then.region}`],
    ['Principal', then.principal],
    ...then.resources.map((arn) => ['Key', arn] as const),
  ]);
  return `${wrapText(thenSummary(record))}\n${facts}\n${renderNow(record)}${renderUnrecorded(record)}`;
}

function thenSummary({ then }: ExplainedRecord): string {
  const { outcome, decidedBy, errorCode = '', errorMessage = '' } = then;
  const error = errorMessage === '' ? errorCode : `${errorCode}: ${errorMessage}`;
  switch (outcome) {
    case 'allowed':
      return `THEN ALLOWED: ${decidedBy === undefined ? 'it needed no policy' : `by ${decidedBy}`}`;
    case 'denied':
      return `THEN DENIED: ${error}`;
    case 'failed before authorization':
      return `THEN FAILED, before any permission was asked for: ${error}`;
    case 'failed after authorization':
      return `THEN ALLOWED${decidedBy === undefined ? '' : ` (by ${decidedBy})`}, and failed for another reason: ${error}`;
    case 'failed':
      return `THEN FAILED, not for want of a permission: ${error}`;
  }
}

function renderNow({ now, whyNotNow, differs }: ExplainedRecord): string {
  if (now === undefined) return wrapText(whyNotNow ?? 'It cannot be asked again.', 'NOW: ');
  const change =
    differs === undefined
      ? ''
      : differs
        ? ' (not as then: it has changed, or what decided is not in the record)'
        : ' (the same as then)';
  const permissions = now.permissions.map((one) => renderPermission(one, now));
  const error =
    now.permissions.length === 0 && now.error !== undefined ? wrapText(now.error.message, '     ') : '';
  return `${wrapText(`${now.summary}${change}`, 'NOW ')}${error}${permissions.join('')}`;
}

function renderUnrecorded({ unrecorded: { conditionKeys, facts } }: ExplainedRecord): string {
  const missing = [...conditionKeys, ...facts];
  if (missing.length === 0) return '';
  return `\n${wrapText(`The record does not hold: ${missing.join(', ')}.`)}`;
}
