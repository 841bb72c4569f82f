import {
  type AwsError,
  type KeyState,
  keyCreating,
  keyDisabled,
  keyPendingDeletion,
  keyPendingImport,
  keyStateUnavailable,
  keyUpdating,
  notPendingDeletion,
} from '@keyhaven/api-model';

type Refusal = (arn: string) => AwsError;
type StateRule = Readonly<Partial<Record<KeyState, Refusal>>>;

/**
 * Which states refuse an operation, and how ("Key states of AWS KMS keys", KMS Developer Guide).
 * A state that is not listed permits it. PendingReplicaDeletion answers as PendingDeletion does.
 */
export const stateRules = {
  /** DescribeKey, GetKeyPolicy, DeleteAlias, lists: in every state. */
  any: {},
  /** Encrypt, Decrypt, GenerateDataKey, ...: only with usable key material. */
  cryptographic: {
    Disabled: keyDisabled,
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    PendingImport: keyPendingImport,
    Unavailable: keyStateUnavailable,
    Creating: keyCreating,
  },
  /** CreateAlias, TagResource, UpdateKeyDescription, ...: unless the key is about to go. */
  notPendingDeletion: { PendingDeletion: keyPendingDeletion, PendingReplicaDeletion: keyPendingDeletion },
  createGrant: {
    Disabled: keyDisabled,
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    PendingImport: keyPendingImport,
    Creating: keyCreating,
  },
  scheduleKeyDeletion: {
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    Updating: keyUpdating,
  },
  cancelKeyDeletion: {
    Enabled: notPendingDeletion,
    Disabled: notPendingDeletion,
    PendingImport: notPendingDeletion,
    Unavailable: notPendingDeletion,
    Creating: notPendingDeletion,
    Updating: notPendingDeletion,
  },
  enableOrDisable: {
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    PendingImport: keyPendingImport,
    Creating: keyCreating,
    Updating: keyUpdating,
  },
  rotation: {
    Disabled: keyDisabled,
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    PendingImport: keyPendingImport,
    Creating: keyCreating,
  },
  getParametersForImport: {
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    Creating: keyCreating,
    Updating: keyUpdating,
  },
  importKeyMaterial: {
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    Creating: keyCreating,
  },
  deleteImportedKeyMaterial: { Creating: keyCreating, Updating: keyUpdating },
  replicateKey: {
    Disabled: keyDisabled,
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    PendingImport: keyPendingImport,
    Creating: keyCreating,
    Updating: keyUpdating,
  },
  updatePrimaryRegion: {
    Disabled: keyDisabled,
    PendingDeletion: keyPendingDeletion,
    PendingReplicaDeletion: keyPendingDeletion,
    PendingImport: keyPendingImport,
    Creating: keyCreating,
  },
} as const satisfies Record<string, StateRule>;

export type StateRuleName = keyof typeof stateRules;

/** Whether the key waits for its destruction, or for that of its last replica. */
export function isPendingDeletion({ state }: { readonly state: string }): boolean {
  return state === 'PendingDeletion' || state === 'PendingReplicaDeletion';
}

/** Throws AWS's refusal unless a key in this state permits what the rule is for. */
export function assertStatePermits(rule: StateRuleName, state: KeyState, arn: string): void {
  const refusals: StateRule = stateRules[rule];
  const refusal = refusals[state];
  if (refusal !== undefined) throw refusal(arn);
}
