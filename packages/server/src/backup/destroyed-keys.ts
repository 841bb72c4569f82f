import { z } from 'zod';
import type { KeyAddress } from '../keys/kms-key.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { DeletedMaterials } from './deleted-material.ts';
import type { JournalRecord } from './read-journal.ts';

/** A key that was destroyed after a backup, as the journal tells it. */
export interface DestroyedKey {
  readonly address: KeyAddress;
  readonly destroyedAt: number;
  readonly materialIds: readonly string[];
  /** Of a multi-Region key whose primary Region was changed after the backup: where the primary was by then. */
  readonly primaryRegion: string | undefined;
}

/** The record that `jobs/destroy-keys.ts` writes. */
const destructionSchema = z.object({
  eventTime: z.int(),
  awsRegion: z.string(),
  accountId: z.string(),
  resources: z.tuple([z.string().regex(/:key\/[^/]+$/)]),
  // Journals from before records had it.
  keyMaterialIds: z.array(z.string()).default([]),
});

/** The record of UpdatePrimaryRegion in the Region that the primary moved to, which comes after that in the old one. */
const primaryRegionSchema = z.object({
  eventName: z.literal('UpdatePrimaryRegion'),
  eventSource: z.literal('kms.amazonaws.com'),
  awsRegion: z.string(),
  accountId: z.string(),
  resources: z.array(z.string()).min(1),
});

/**
 * What a journal says of the time after a backup, as far as a restore is concerned with it. Only what the service did by
 * itself counts: the name of an event is the caller's choice in no record, but a caller's request is not a destruction.
 */
export class JournalFindings {
  readonly #destroyed = new Map<string, DestroyedKey>();
  readonly #deletedMaterials = new DeletedMaterials();
  /** By account and key id. */
  readonly #primaryRegions = new Map<string, string>();
  #changesLost = 0;
  #lastAt: number | undefined;

  note(record: JournalRecord): void {
    const { eventTime, eventName, eventType } = record;
    if (typeof eventTime === 'number') this.#lastAt = eventTime;
    this.#deletedMaterials.note(record);
    if (eventType === 'AwsServiceEvent' && eventName === 'DeleteKey') this.#noteDestruction(record);
    else if (isChange(record)) {
      this.#changesLost++;
      this.#notePrimaryRegion(record);
    }
  }

  get destroyed(): readonly DestroyedKey[] {
    return [...this.#destroyed.values()];
  }

  /** Imported key material that is gone, by key. */
  get deletedMaterials(): DeletedMaterials['all'] {
    return this.#deletedMaterials.all;
  }

  /** Successful changes that the backup does not hold. */
  get changesLost(): number {
    return this.#changesLost;
  }

  /** The time of the last record, epoch milliseconds. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  #notePrimaryRegion(record: JournalRecord): void {
    const { data } = primaryRegionSchema.safeParse(record);
    const arn = data?.resources[0];
    if (data === undefined || arn === undefined) return;
    this.#primaryRegions.set(`${data.accountId}/${keyIdIn(arn)}`, data.awsRegion);
  }

  #noteDestruction(record: JournalRecord): void {
    const parsed = destructionSchema.safeParse(record);
    if (!parsed.success) {
      throw new BackupRefusal(
        `The journal holds a record of a destruction that this version cannot read (event ${String(record['eventId'])}).`,
        'Restore with the version that wrote the journal, or a newer one.',
      );
    }
    const { eventTime, awsRegion, accountId, resources, keyMaterialIds } = parsed.data;
    const [arn] = resources;
    const keyId = keyIdIn(arn);
    this.#destroyed.set(arn, {
      address: { accountId, region: awsRegion, keyId },
      destroyedAt: eventTime,
      materialIds: keyMaterialIds,
      primaryRegion: this.#primaryRegions.get(`${accountId}/${keyId}`),
    });
  }
}

function keyIdIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function isChange({ eventType, eventName, readOnly, errorCode }: JournalRecord): boolean {
  if (eventType === 'AwsServiceEvent') return eventName === 'CreateKey' || eventName === 'RotateKey';
  return readOnly === false && errorCode === undefined;
}
