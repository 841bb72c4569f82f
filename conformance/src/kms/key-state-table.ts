import type { Refusal } from '@keyhaven/testkit';
import { refusal } from './kms-under-test.ts';

/** Every state but Unavailable, which only keys of custom key stores have. */
export const keyStates = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'PendingImport',
  'Creating',
  'Updating',
] as const;
export type TestedState = (typeof keyStates)[number];

const invalidState = (text: string) => (arn: string) =>
  refusal('KMSInvalidStateException', `${arn} is ${text}.`);
const unsupported = (text: string) => (arn: string) =>
  refusal('UnsupportedOperationException', `${arn} ${text}`);

/** What a client sees where an operation is refused. */
export const refusals = {
  disabled: (arn) => refusal('DisabledException', `${arn} is disabled.`),
  pendingDeletion: invalidState('pending deletion'),
  notPendingDeletion: invalidState('not pending deletion'),
  pendingImport: invalidState('pending import'),
  creating: invalidState('creating'),
  updating: invalidState('updating'),
  external: unsupported('origin is EXTERNAL which is not valid for this operation.'),
  notPrimary: unsupported('is not a multi-region primary key.'),
} as const satisfies Readonly<Record<string, (arn: string) => Refusal>>;

export type Refused = keyof typeof refusals;
/** `impossible`: no key that the operation takes can be in that state. */
export type Answer = 'permits' | 'impossible' | Refused;

type Row = Readonly<Record<TestedState, Answer>>;

/** Permits what is not named. PendingReplicaDeletion answers as PendingDeletion does unless it is named. */
const row = (answers: Partial<Row> = {}): Row => ({
  Enabled: 'permits',
  Disabled: 'permits',
  PendingDeletion: 'permits',
  PendingReplicaDeletion: answers.PendingDeletion ?? 'permits',
  PendingImport: 'permits',
  Creating: 'permits',
  Updating: 'permits',
  ...answers,
});

const everyState = row();
const notWhilePending = row({ PendingDeletion: 'pendingDeletion' });
const usable = {
  Disabled: 'disabled',
  PendingDeletion: 'pendingDeletion',
  PendingImport: 'pendingImport',
  Creating: 'creating',
} as const satisfies Partial<Row>;
const cryptographic = row(usable);
/** ML-KEM key material cannot be imported. */
const encapsulating = row({ ...usable, PendingImport: 'impossible' });
/** A key that is Creating has no grants yet. */
const ofGrant = row({ Creating: 'impossible' });
/** A key that is Creating is a replica, and what it shares with its primary key is not changed by way of it. */
const onPrimary = { ...usable, Creating: 'notPrimary' } as const;
const enabling = row({
  PendingDeletion: 'pendingDeletion',
  PendingImport: 'pendingImport',
  Creating: 'creating',
  Updating: 'updating',
});

/** "Key states of AWS KMS keys", KMS Developer Guide: every operation on a key in every state. */
export const keyStateTable: Readonly<Record<string, Row>> = {
  CancelKeyDeletion: row({
    Enabled: 'notPendingDeletion',
    Disabled: 'notPendingDeletion',
    PendingImport: 'notPendingDeletion',
    Creating: 'notPendingDeletion',
    Updating: 'notPendingDeletion',
  }),
  CreateAlias: notWhilePending,
  CreateGrant: cryptographic,
  Decapsulate: encapsulating,
  Decrypt: cryptographic,
  DeleteAlias: everyState,
  DeleteImportedKeyMaterial: row({ Creating: 'creating', Updating: 'updating' }),
  DeriveSharedSecret: cryptographic,
  DescribeKey: everyState,
  DisableKey: enabling,
  DisableKeyRotation: row({ ...onPrimary, PendingImport: 'external' }),
  EnableKey: enabling,
  EnableKeyRotation: row({ ...onPrimary, PendingImport: 'external' }),
  Encapsulate: encapsulating,
  Encrypt: cryptographic,
  GenerateDataKey: cryptographic,
  GenerateDataKeyPair: cryptographic,
  GenerateDataKeyPairWithoutPlaintext: cryptographic,
  GenerateDataKeyWithoutPlaintext: cryptographic,
  GenerateMac: cryptographic,
  GetKeyLastUsage: everyState,
  GetKeyPolicy: everyState,
  GetKeyRotationStatus: everyState,
  GetParametersForImport: row({
    PendingDeletion: 'pendingDeletion',
    Creating: 'creating',
    Updating: 'updating',
  }),
  GetPublicKey: cryptographic,
  ImportKeyMaterial: row({ PendingDeletion: 'pendingDeletion', Creating: 'creating' }),
  ListAliases: everyState,
  ListGrants: everyState,
  ListKeyPolicies: everyState,
  ListKeyRotations: everyState,
  ListResourceTags: everyState,
  PutKeyPolicy: everyState,
  ReEncrypt: cryptographic,
  ReplicateKey: row({ ...onPrimary, Updating: 'updating' }),
  RetireGrant: ofGrant,
  RevokeGrant: ofGrant,
  RotateKeyOnDemand: row(onPrimary),
  ScheduleKeyDeletion: row({ PendingDeletion: 'pendingDeletion', Updating: 'updating' }),
  Sign: cryptographic,
  TagResource: notWhilePending,
  UntagResource: notWhilePending,
  UpdateAlias: notWhilePending,
  UpdateKeyDescription: notWhilePending,
  // It needs a replica, with which a key is never PendingDeletion.
  UpdatePrimaryRegion: row({
    ...onPrimary,
    PendingDeletion: 'impossible',
    PendingReplicaDeletion: 'pendingDeletion',
  }),
  Verify: cryptographic,
  VerifyMac: cryptographic,
};
