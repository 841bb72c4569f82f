import { type AwsError } from '@keyhaven/api-model';
import { randomUuid } from '@keyhaven/crypto';
import type { Authenticated, Call } from '../pipeline/call.ts';
import { findHeader } from '../protocol/decode.ts';

/** The facts of a call that a record is made of; all of them are there once the caller is authenticated. */
export type RecordedCall = Authenticated &
  Readonly<Partial<Pick<Call, 'input' | 'loaded' | 'outcome' | 'decidedBy'>>>;

/** A journal record: JSON text, and the event id that makes it unique. */
export interface AuditRecord {
  readonly eventId: string;
  readonly record: string;
}

/**
 * The record of one authenticated request, refused or not, with CloudTrail's names for what it shares with it.
 * Only members that the operation lists in `recorded` appear: no plaintext, key, signature input or token.
 */
export function renderRecord(call: RecordedCall, error: AwsError | undefined): AuditRecord {
  const { wire, operation, caller, outcome } = call;
  const eventId = randomUuid();
  let text =
    `{"eventId":"${eventId}","eventTime":${call.receivedAt},"eventSource":"${call.protocol.eventSource}",` +
    `"eventName":"${operation.name}","awsRegion":"${caller.region}","requestId":"${call.requestId}",` +
    `"principal":"${caller.principal.arn}","accountId":"${caller.accountId}","accessKeyId":"${caller.accessKeyId}",` +
    `"sourceIPAddress":"${wire.sourceIp}","readOnly":${operation.access === 'read'}`;
  const userAgent = findHeader(wire, 'user-agent');
  if (userAgent !== undefined) text += `,"userAgent":${quote(userAgent.slice(0, 1024))}`;
  text += renderParameters(call);
  text += renderResources(call);
  if (call.decidedBy !== undefined) text += `,"decidedBy":${quote(call.decidedBy)}`;
  if (outcome?.keyMaterialId !== undefined && error === undefined) {
    text += `,"keyMaterialId":"${outcome.keyMaterialId}"`;
  }
  if (error !== undefined) {
    text += `,"errorCode":${quote(error.code)}`;
    if (error.text !== undefined) text += `,"errorMessage":${quote(error.text)}`;
  }
  return { eventId, record: `${text}}` };
}

/** The record of something that the service did by itself: a rotation, a destruction, a recovery. */
export function renderServiceEvent(
  eventName: string,
  serviceTime: number,
  details: Readonly<Record<string, unknown>>,
): AuditRecord {
  const eventId = randomUuid();
  const event = {
    eventId,
    eventTime: serviceTime,
    eventSource: 'kms.amazonaws.com',
    eventName,
    eventType: 'AwsServiceEvent',
  };
  return { eventId, record: JSON.stringify({ ...event, ...details }) };
}

function renderParameters({ operation, input }: RecordedCall): string {
  let members = '';
  for (const name of operation.recorded) {
    // A request that fails validation has no input.
    const value = input?.[name];
    if (value === undefined) continue;
    members += `${members === '' ? '' : ','}"${name}":${renderValue(value)}`;
  }
  return members === '' ? '' : `,"requestParameters":{${members}}`;
}

function renderValue(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (value instanceof Map) {
    let pairs = '';
    for (const [key, text] of value as Map<string, string>) {
      pairs += `${pairs === '' ? '' : ','}${quote(key)}:${quote(text)}`;
    }
    return `{${pairs}}`;
  }
  return JSON.stringify(value);
}

function renderResources({ operation, loaded, outcome }: RecordedCall): string {
  let arns = '';
  if (loaded !== undefined)
    for (const { arn } of operation.target.keys(loaded)) arns += `${arns === '' ? '' : ','}"${arn}"`;
  for (const arn of outcome?.madeKeyArns ?? []) arns += `${arns === '' ? '' : ','}"${arn}"`;
  return arns === '' ? '' : `,"resources":[${arns}]`;
}

const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A JSON string; most need no escapes, and then none are looked for one by one. */
function quote(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}
