import { z } from 'zod';
import type { KeyAddress } from '../keys/kms-key.ts';
import { BackupRefusal } from './backup-refusal.ts';
import type { JournalRecord } from './read-journal.ts';

/** A key that was destroyed after a backup, as the journal tells it. */
export interface DestroyedKey {
  readonly address: KeyAddress;
  readonly destroyedAt: number;
  readonly materialIds: readonly string[];
}

/** Imported key material whose bytes were deleted or have expired after a backup; its key lives on. */
export interface DeletedMaterial {
  readonly address: KeyAddress;
  readonly materialIds: readonly string[];
}

/** The record that `jobs/expire-material.ts` writes. */
const expirySchema = z.object({
  awsRegion: z.string(),
  accountId: z.string(),
  resources: z.tuple([z.string().regex(/:key\/[^/]+$/)]),
  keyMaterialIds: z.array(z.string()),
});

/** The record of a DeleteImportedKeyMaterial that was carried out; it names no material where there was none. */
const deletionSchema = expirySchema.omit({ keyMaterialIds: true }).extend({
  keyMaterialId: z.string().optional(),
});

/** The record that `jobs/destroy-keys.ts` writes. */
const destructionSchema = z.object({
  eventTime: z.int(),
  awsRegion: z.string(),
  accountId: z.string(),
  resources: z.tuple([z.string().regex(/:key\/[^/]+$/)]),
  // Journals from before records had it.
  keyMaterialIds: z.array(z.string()).default([]),
});

/**
 * What a journal says of the time after a backup, as far as a restore is concerned with it. A key is destroyed by the
 * service itself alone: the name of an event is the caller's choice in no record, but a caller's request destroys no key.
 * Imported key material is destroyed by both.
 */
export class JournalFindings {
  readonly #destroyed = new Map<string, DestroyedKey>();
  readonly #deleted = new Map<string, { readonly address: KeyAddress; readonly ids: Set<string> }>();
  #changesLost = 0;
  #lastAt: number | undefined;

  note(record: JournalRecord): void {
    const { eventTime, eventName, eventType } = record;
    if (typeof eventTime === 'number') this.#lastAt = eventTime;
    const isService = eventType === 'AwsServiceEvent';
    if (isService && eventName === 'DeleteKey') this.#noteDestruction(record);
    else if (isService && eventName === 'DeleteExpiredKeyMaterial') this.#noteExpiry(record);
    else if (eventName === 'DeleteImportedKeyMaterial' && isChange(record)) this.#noteDeletion(record);
    else if (isChange(record)) this.#changesLost++;
  }

  get destroyed(): readonly DestroyedKey[] {
    return [...this.#destroyed.values()];
  }

  /** Of imported key material, by key. */
  get deletedMaterials(): readonly DeletedMaterial[] {
    return [...this.#deleted.values()].map(({ address, ids }) => ({ address, materialIds: [...ids] }));
  }

  /** Successful changes that the backup does not hold. */
  get changesLost(): number {
    return this.#changesLost;
  }

  /** The time of the last record, epoch milliseconds. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  #noteDestruction(record: JournalRecord): void {
    const read = parse(destructionSchema, record);
    this.#destroyed.set(read.resources[0], {
      address: addressOf(read),
      destroyedAt: read.eventTime,
      materialIds: read.keyMaterialIds,
    });
  }

  #noteExpiry(record: JournalRecord): void {
    const read = parse(expirySchema, record);
    this.#noteDeleted(read, read.keyMaterialIds);
  }

  #noteDeletion(record: JournalRecord): void {
    const read = parse(deletionSchema, record);
    if (read.keyMaterialId !== undefined) this.#noteDeleted(read, [read.keyMaterialId]);
  }

  /** Of the same key again and again: each material once. */
  #noteDeleted(named: NamedKey, materialIds: readonly string[]): void {
    const [arn] = named.resources;
    const known = this.#deleted.get(arn) ?? { address: addressOf(named), ids: new Set() };
    this.#deleted.set(arn, known);
    for (const id of materialIds) known.ids.add(id);
  }
}

interface NamedKey {
  readonly awsRegion: string;
  readonly accountId: string;
  readonly resources: readonly [string];
}

function addressOf({ awsRegion: region, accountId, resources: [arn] }: NamedKey): KeyAddress {
  return { accountId, region, keyId: arn.slice(arn.lastIndexOf('/') + 1) };
}

function parse<T>(schema: z.ZodType<T>, record: JournalRecord): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new BackupRefusal(
    `The journal holds a record of a destruction that this version cannot read (event ${String(record['eventId'])}).`,
    'Restore with the version that wrote the journal, or a newer one.',
  );
}

function isChange({ eventType, eventName, readOnly, errorCode }: JournalRecord): boolean {
  if (eventType === 'AwsServiceEvent') return eventName === 'CreateKey' || eventName === 'RotateKey';
  return readOnly === false && errorCode === undefined;
}
