import { decodeInput } from '@keyhaven/api-model';
import type { AttestedRecipient } from '../attestation/attested-recipient.ts';
import type { Caller, ServiceFacts, SessionFacts } from '../authentication/caller.ts';
import type { Principal } from '../authentication/principal.ts';
import type { Operation } from '../pipeline/operation.ts';
import type { AskedRequest } from './explain-request.ts';
import type { RequestRecord } from './request-record.ts';

/** What a record does not say. */
export interface Repetition {
  /** Whether requests come over TLS. */
  readonly isSecure: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The member that names the key where the ciphertext, which is not recorded, did. */
const namedByCiphertext: Readonly<Record<string, string>> = { Decrypt: 'KeyId', ReEncrypt: 'SourceKeyId' };

const naming = ['KeyId', 'TargetKeyId', 'SourceKeyId', 'DestinationKeyId', 'AliasName', 'GrantId', 'RoleArn'];

/** The members without which it is not known what a request of the operation is about; none where it is about no key. */
export function namingMembers({ name, input }: Operation): readonly string[] {
  // A grant that is named by its token is not known from the record.
  const isNeeded = (member: string): boolean =>
    input[member]?.kind === 'required' || namedByCiphertext[name] === member || name === 'RetireGrant';
  return naming.filter((member) => member in input && isNeeded(member));
}

/**
 * The same request once more, as far as its record tells. `isSecure`: over TLS, which records do not say.
 * Conditions see the time of then; the grants that are effective `now` count.
 */
export function repeatRequest(
  record: RequestRecord,
  principal: Principal,
  operation: Operation,
  { isSecure, now }: Repetition,
): AskedRequest {
  const { userAgent, sourceIPAddress: sourceIp, eventTime } = record;
  return {
    name: operation.name,
    target: operation.target,
    input: inputOf(record, operation),
    caller: callerOf(record, principal),
    wire: { sourceIp, isSecure, rawHeaders: userAgent === undefined ? [] : ['User-Agent', userAgent] },
    recipient: record.recipient === undefined ? undefined : recipientOf(record.recipient),
    askedAt: eventTime,
    grantsAt: now,
    stated: { values: new Map(), unknown: new Set(['aws:referer']) },
    action: undefined,
  };
}

function inputOf(
  { requestParameters, resources = [] }: RequestRecord,
  { name, input }: Operation,
): Readonly<Record<string, unknown>> {
  const json: Record<string, unknown> = { ...requestParameters };
  // Times are recorded in milliseconds and sent in seconds.
  for (const [member, shape] of Object.entries(input)) {
    const value = json[member];
    if (shape.kind === 'timestamp' && typeof value === 'number') json[member] = value / 1000;
  }
  const member = namedByCiphertext[name];
  const [first] = resources;
  if (member !== undefined && json[member] === undefined && first !== undefined) json[member] = first;
  return decodeInput(input, json);
}

function callerOf(record: RequestRecord, principal: Principal): Caller {
  return {
    principal,
    accountId: record.accountId,
    accessKeyId: record.accessKeyId,
    region: record.awsRegion,
    session: sessionOf(record),
    service: serviceOf(record, principal),
  };
}

/** Session policies and session tags are sealed in the session's token, and in no record. */
function sessionOf({ sessionIssuedAt, sourceIdentity }: RequestRecord): SessionFacts | undefined {
  if (sessionIssuedAt === undefined) return undefined;
  return {
    policies: [],
    tags: new Map(),
    transitiveTagKeys: [],
    sourceIdentity,
    issuedAt: sessionIssuedAt,
    expiresAt: Number.MAX_SAFE_INTEGER,
    chainDepth: 0,
  };
}

function serviceOf(record: RequestRecord, principal: Principal): ServiceFacts | undefined {
  const { invokedBy, sourceArn, sourceAccount, awsRegion } = record;
  if (principal.kind === 'service')
    return { serviceName: principal.serviceName, viaService: undefined, sourceArn, sourceAccount };
  if (invokedBy === undefined) return undefined;
  const viaService = `${invokedBy.split('.', 1)[0] ?? ''}.${awsRegion}.amazonaws.com`;
  return { serviceName: invokedBy, viaService, sourceArn, sourceAccount };
}

const registerForm = /^attestationDocument(EnclavePCR|NitroTPMPCR)(\d+)$/;

/** What the record shows of an attestation document: the registers that something was measured into. */
function recipientOf(recorded: Readonly<Record<string, string>>): AttestedRecipient {
  const imageSha384 = recorded['attestationDocumentEnclaveImageDigest'];
  const pcrs = new Map(imageSha384 === undefined ? [] : [[0, imageSha384]]);
  const nitroTpmPcrs = new Map<number, string>();
  for (const [name, value] of Object.entries(recorded)) {
    const [, kind, number = ''] = registerForm.exec(name) ?? [];
    if (kind !== undefined) (kind === 'EnclavePCR' ? pcrs : nitroTpmPcrs).set(Number(number), value);
  }
  const moduleId = recorded['attestationDocumentModuleId'] ?? '';
  return { moduleId, timestamp: 0, publicKey: new Uint8Array(), pcrs, nitroTpmPcrs, imageSha384 };
}
