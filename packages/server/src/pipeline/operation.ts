import type { InputOf, KeyUsage, Members, OutputOf } from '@keyhaven/api-model';
import type { Caller } from '../authentication/caller.ts';
import type { RequestFacts } from '../authorization/conditions/condition-row.ts';
import type { Permission } from '../authorization/permission.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import type { StateRuleName } from '../keys/key-states.ts';
import type { Change, ExpectedVersion } from '../storage/unit-of-work.ts';
import type { Maybe } from '../maybe.ts';
import type { Ports } from './ports.ts';

/** A request whose input is valid, as `load` sees it. `fresh` is true for writes: what they rest on is read now. */
export interface LoadingCall<Input> {
  readonly input: Input;
  readonly caller: Caller;
  readonly fresh: boolean;
}

/**
 * What an operation acts on: how it is found, which permissions that takes, and which keys' states and usages count.
 * The forms there are stand in `targets/`; no operation loads or authorizes by itself.
 */
export interface Target<Input, Loaded> {
  load(call: LoadingCall<Input>, ports: Ports): Maybe<Loaded>;
  /** Asked for one by one, each once the one before it is given. */
  permissions(loaded: Loaded, call: LoadingCall<Input>, action: string): Iterable<Permission>;
  /** The keys whose state and usage must permit the operation; the audit record names them. */
  keys(loaded: Loaded): readonly KmsKey[];
}

/** A request that may be carried out. `now` is the service's time at its arrival, epoch milliseconds. */
export interface ActingCall<Input, Loaded> {
  readonly input: Input;
  readonly caller: Caller;
  readonly loaded: Loaded;
  readonly now: number;
  /** For what an operation decides by itself: whether the caller could still change a key policy. */
  readonly request: RequestFacts;
}

/** What a request changes of a related multi-Region key, for the record in that Region. */
export interface EffectElsewhere {
  readonly region: string;
  /** CloudTrail's name for it: CreateKey of a replica, UpdatePrimaryRegion, SynchronizeMultiRegionKey. */
  readonly eventName: string;
  readonly keyArn: string;
}

/** Temporary credentials, or a token with which somebody else may act. */
export interface IssuedCredentials {
  /** The ARN of the one that they speak for. */
  readonly principal: string;
  readonly accessKeyId: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What `act` answers: the reply and, for a write, everything that changes, as plain records. */
export interface Outcome<Output = OutputOf<Members>> {
  /** Undefined: AWS answers with an empty body. */
  readonly output: Output | undefined;
  readonly changes?: readonly Change[];
  /** Rows that the change rests on without changing them. */
  readonly expect?: readonly ExpectedVersion[];
  /** Destroys key material: no copy of it stays in the store's files. */
  readonly destroys?: boolean;
  /** What it changes in other Regions of the account, each with a record there. */
  readonly elsewhere?: readonly EffectElsewhere[];
  /** For the audit record: the key material that was used. */
  readonly keyMaterialId?: string;
  /** For the audit record: whom this request made credentials for, which of them can be told, and until when. */
  readonly issued?: IssuedCredentials;
  /** For the audit record: the grant that was made or ended. */
  readonly grantId?: string;
  /** For the audit record: keys that this request made. */
  readonly madeKeyArns?: readonly string[];
}

export interface OperationDeclaration<In extends Members, Out extends Members, Loaded> {
  /** AWS's name. */
  readonly name: string;
  /** `write` decides on fresh rows and commits on their versions; `read` may decide on a cached snapshot. */
  readonly access: 'read' | 'write';
  /** A write that CloudTrail records as `readOnly`. */
  readonly isReadOnlyToCloudTrail?: boolean;
  readonly input: In;
  /** Undefined where AWS answers with an empty body. */
  readonly output: Out | undefined;
  /** The IAM action, when it is not `kms:` and the name. */
  readonly action?: string;
  readonly target: Target<InputOf<In>, Loaded>;
  /** Which key states permit it; `any` where it is left out. */
  readonly states?: StateRuleName;
  readonly usage?: KeyUsage;
  /** Throws where this kind of key does not have the operation at all, in whatever state; before state and usage. */
  supports?(loaded: Loaded, input: InputOf<In>): void;
  /** The member that is encrypted for the Recipient of a request, where the operation takes one. */
  readonly answersRecipient?: keyof Out & string;
  /** The members that the audit record shows, as CloudTrail does; anything else is never recorded. */
  readonly recorded: readonly (keyof In & string)[];
  /** Rules between members that need nothing but the input; before anything is loaded. */
  check?(input: InputOf<In>): void;
  act(call: ActingCall<InputOf<In>, Loaded>, ports: Ports): Maybe<Outcome<OutputOf<Out>>>;
}

/** An operation whose own types the pipeline does not know; each stage hands it what the stage before it made. */
export type Operation = OperationDeclaration<Members, Members, unknown>;

/**
 * Declares an operation: checks its members, its target and `act` against each other. Throws an Error for one that takes a
 * Recipient and does not say what it answers one: it would answer in clear.
 */
export function operation<const In extends Members, const Out extends Members, Loaded>(
  declaration: OperationDeclaration<In, Out, Loaded>,
): OperationDeclaration<In, Out, Loaded> {
  const { name, input, answersRecipient } = declaration;
  if ('Recipient' in input !== (answersRecipient !== undefined))
    throw new Error(`${name}: Recipient and answersRecipient belong together`);
  return Object.freeze(declaration);
}
