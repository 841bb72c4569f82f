import { type AwsError } from '@keyhaven/api-model';
import { randomUuid } from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import { renderRecipient } from '../attestation/recorded-recipient.ts';
import type { Caller } from '../authentication/caller.ts';
import type { Authenticated, Call } from '../pipeline/call.ts';
import type { EffectElsewhere, Operation } from '../pipeline/operation.ts';
import { findHeader, type WireRequest } from '../protocol/wire-request.ts';

/** The facts of a call that a record is made of; all of them are there once the caller is authenticated. */
export type RecordedCall = Authenticated &
  Readonly<Partial<Pick<Call, 'input' | 'loaded' | 'recipient' | 'outcome' | 'decidedBy'>>>;

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
  const { outcome, decidedBy, recipient } = call;
  const eventId = randomUuid();
  // What repeats is rendered once and kept: text is copied piece by piece in the end, and pieces cost more than bytes.
  let text =
    `{"eventId":"${eventId}","eventTime":${call.receivedAt},"requestId":"${call.requestId}"` +
    `${operationPart(call)}${callerPart(call.caller)}${clientPart(call.wire)}${renderParameters(call)}${renderResources(call)}`;
  if (error === undefined) text += changedAccountPart(call);
  if (decidedBy !== undefined) text += `,"decidedBy":${quote(decidedBy)}`;
  if (recipient !== undefined) text += `,"recipient":${JSON.stringify(renderRecipient(recipient))}`;
  if (outcome?.keyMaterialId !== undefined && error === undefined) {
    text += `,"keyMaterialId":"${outcome.keyMaterialId}"`;
  }
  if (outcome?.issued !== undefined && error === undefined)
    text += `,"issued":${JSON.stringify(outcome.issued)}`;
  if (outcome?.grantId !== undefined && error === undefined) text += `,"grantId":"${outcome.grantId}"`;
  if (error !== undefined) {
    text += `,"errorCode":${quote(error.code)}`;
    if (error.text !== undefined)
      text += `,"errorMessage":${quote(error.text.slice(0, mostMessageCharacters))}`;
  }
  return { eventId, record: `${text}}` };
}

/** What the same request is in another Region, of a related multi-Region key. */
export function renderRecordElsewhere(
  { requestId, receivedAt, caller, wire, protocol }: RecordedCall,
  effect: EffectElsewhere,
): AuditRecord {
  const eventId = randomUuid();
  const text =
    `{"eventId":"${eventId}","eventTime":${receivedAt},"requestId":"${requestId}"` +
    `,"eventSource":"${protocol.eventSource}","eventName":"${effect.eventName}","readOnly":false` +
    `${callerPart({ ...caller, region: effect.region })}${clientPart(wire)},"resources":[${quote(effect.keyArn)}]`;
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

/**
 * The account whose keys a write changes, which is another than the caller's where a grant on its key is made or ended. The
 * commits of that account count the write; the record is the caller's.
 */
export function changedAccountOf({
  operation,
  loaded,
  caller,
}: Readonly<Pick<Call, 'operation' | 'loaded' | 'caller'>>): string {
  return operation.target.keys(loaded)[0]?.row.account_id ?? caller.accountId;
}

/** Nothing for what changed nothing, and for an account's own keys. */
function changedAccountPart(call: RecordedCall): string {
  const { operation, loaded, outcome, caller } = call;
  if (operation.access === 'read' || outcome === undefined) return '';
  const accountId = changedAccountOf({ operation, loaded, caller });
  return accountId === caller.accountId ? '' : `,"changedAccountId":"${accountId}"`;
}

const operationParts = new WeakMap<Operation, string>();

function operationPart({ operation, protocol }: RecordedCall): string {
  let part = operationParts.get(operation);
  if (part === undefined) {
    const isRead = operation.access === 'read';
    // A write that CloudTrail calls read-only (GetParametersForImport) still counts as a commit.
    const readOnly = isRead
      ? 'true'
      : operation.isReadOnlyToCloudTrail === true
        ? 'true,"commits":true'
        : 'false';
    part = `,"eventSource":"${protocol.eventSource}","eventName":"${operation.name}","readOnly":${readOnly}`;
    operationParts.set(operation, part);
  }
  return part;
}

const callerParts = new WeakMap<Caller, string>();

function callerPart(caller: Caller): string {
  let part = callerParts.get(caller);
  if (part === undefined) {
    part =
      `,"awsRegion":${quote(caller.region)},"principal":${quote(caller.principal.arn)},` +
      `"accountId":"${caller.accountId}","accessKeyId":${quote(caller.accessKeyId)}` +
      `${sessionPart(caller)}${servicePart(caller)}`;
    callerParts.set(caller, part);
  }
  return part;
}

/** Which role, by its unique id, the session is of, and what it carries for the record (CloudTrail's `sessionContext`). */
function sessionPart({ principal, session }: Caller): string {
  if (session === undefined) return '';
  let part = `,"principalId":${quote(principal.principalId)},"sessionIssuedAt":${session.issuedAt}`;
  if (principal.kind === 'assumed-role') part += `,"sessionIssuer":${quote(principal.roleArn)}`;
  if (session.sourceIdentity !== undefined) part += `,"sourceIdentity":${quote(session.sourceIdentity)}`;
  return part;
}

/** CloudTrail's `invokedBy` where a service acts for the user; and the source that a service names. */
function servicePart({ service }: Caller): string {
  if (service === undefined) return '';
  const { serviceName, viaService, sourceArn, sourceAccount } = service;
  let part = viaService === undefined ? '' : `,"invokedBy":${quote(serviceName)}`;
  if (sourceArn !== undefined) part += `,"sourceArn":${quote(sourceArn)}`;
  if (sourceAccount !== undefined) part += `,"sourceAccount":${quote(sourceAccount)}`;
  return part;
}

/** A refusal may quote what was sent, however long; a record keeps its beginning. */
const mostMessageCharacters = 2048;

/** CloudTrail's limit on a record's `requestParameters`, beyond which it leaves them out. */
const mostParameterCharacters = 100 * 1024;

/** CloudTrail's limit on a record's `userAgent`. */
const mostUserAgentCharacters = 1024;

const userAgentParts = new LRUCache<string, string>({ max: 256 });

function clientPart(wire: WireRequest): string {
  const address = `,"sourceIPAddress":${quote(wire.sourceIp)}`;
  const userAgent = findHeader(wire, 'user-agent');
  if (userAgent === undefined) return address;
  let part = userAgentParts.get(userAgent);
  if (part === undefined) {
    part = `,"userAgent":${JSON.stringify(userAgent.slice(0, mostUserAgentCharacters))}`;
    userAgentParts.set(userAgent, part);
  }
  return address + part;
}

function renderParameters({ operation, input }: RecordedCall): string {
  let members = '';
  for (const name of operation.recorded) {
    // A request that fails validation has no input.
    const value = input?.[name];
    if (value === undefined) continue;
    members += `${members === '' ? '' : ','}"${name}":${renderValue(value)}`;
  }
  if (members === '') return '';
  // What a caller may send in one request must not become what one record holds.
  if (members.length > mostParameterCharacters)
    return ',"requestParameters":null,"requestParametersOmitted":true';
  return `,"requestParameters":{${members}}`;
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
  return JSON.stringify(value, mapAsObject);
}

/** Maps stand inside of structures too: in the constraints of a grant. */
function mapAsObject(_name: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value as Map<string, string>) : value;
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
