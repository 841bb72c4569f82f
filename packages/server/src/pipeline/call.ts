import type { AwsError, JsonObject } from '@keyhaven/api-model';
import type { AttestedRecipient } from '../attestation/attested-recipient.ts';
import type { Caller } from '../authentication/caller.ts';
import type { OpenedTokens } from '../grants/port.ts';
import type { CallerIdentity } from '../identities/port.ts';
import type { Protocol } from '../protocol/protocol.ts';
import type { WireRequest } from '../protocol/wire-request.ts';
import type { ExpectedVersion } from '../storage/unit-of-work.ts';
import type { Operation, Outcome } from './operation.ts';

/**
 * One request on its way through the stages. A single object whose fields are filled as the stages run: copying it
 * at each stage would cost several microseconds. What a stage may read and fill is a matter of its type; see `Fills`.
 */
export class Call {
  readonly wire: WireRequest;
  readonly requestId: string;
  /** Service time, epoch milliseconds. */
  readonly receivedAt: number;

  // Filled by decode.
  protocol!: Protocol;
  operation!: Operation;
  json!: JsonObject;
  // Filled by authenticate.
  caller!: Caller;
  isAuthenticated = false;
  // Filled by admit: the account's share of requests under way counts this one.
  isAdmitted = false;
  // Filled by validate.
  input!: Readonly<Record<string, unknown>>;
  // Filled by load: what the operation acts on, whose enclave the reply is for, and what speaks of the caller.
  loaded: unknown = undefined;
  recipient: AttestedRecipient | undefined = undefined;
  identity!: CallerIdentity;
  grantTokens!: OpenedTokens;
  // Filled by authorize: what let the caller in, and what a write commits on because of it.
  decidedBy: string | undefined = undefined;
  restsOn: readonly ExpectedVersion[] = [];
  // Filled by act.
  outcome!: Outcome;
  // Filled by commit: a write's audit records, committed with its change, and their numbers in the outbox.
  records: readonly string[] | undefined = undefined;
  committed: readonly number[] | undefined = undefined;
  // Filled when the write lost a race and stands in line to try again.
  leaveLine: (() => void) | undefined = undefined;
  // Filled by whichever stage refuses.
  error: AwsError | undefined = undefined;

  constructor(wire: WireRequest, requestId: string, receivedAt: number) {
    this.wire = wire;
    this.requestId = requestId;
    this.receivedAt = receivedAt;
  }
}

/** Before any stage has run. */
export type Received = Readonly<Pick<Call, 'wire' | 'requestId' | 'receivedAt'>>;
export type Decoded = Received & Readonly<Pick<Call, 'protocol' | 'operation' | 'json'>>;
export type Authenticated = Decoded & Readonly<Pick<Call, 'caller'>>;
export type Validated = Authenticated & Readonly<Pick<Call, 'input'>>;
export type Loaded = Validated & Readonly<Pick<Call, 'loaded' | 'recipient' | 'identity' | 'grantTokens'>>;
export type Authorized = Loaded & Readonly<Pick<Call, 'decidedBy' | 'restsOn'>>;
export type Acted = Authorized & Readonly<Pick<Call, 'outcome'>>;

/** What a stage sees: everything from before, and the fields it fills. */
export type Fills<Before, Fields extends keyof Call> = Before & Pick<Call, Fields>;
