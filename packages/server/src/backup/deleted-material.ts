import { z } from 'zod';
import { parseKeyArn } from '../keys/key-arn.ts';
import type { KeyAddress } from '../keys/kms-key.ts';
import { BackupRefusal } from './backup-refusal.ts';
import type { JournalRecord } from './read-journal.ts';

/** Imported key material whose bytes were deleted or have expired after a backup; its key lives on. */
export interface DeletedMaterial {
  readonly address: KeyAddress;
  readonly materialIds: readonly string[];
}

/** The record that `jobs/expire-material.ts` writes. */
const expirySchema = z.object({
  resources: z.tuple([z.string()]),
  keyMaterialIds: z.array(z.string()),
});

/** The record of a DeleteImportedKeyMaterial that was carried out; it names no material where there was none. */
const requestSchema = expirySchema
  .omit({ keyMaterialIds: true })
  .extend({ keyMaterialId: z.string().optional() })
  .transform(({ keyMaterialId, ...named }) => ({
    ...named,
    keyMaterialIds: keyMaterialId === undefined ? [] : [keyMaterialId],
  }));

/**
 * What a journal says of imported key material that is gone. Unlike keys, which the service destroys by itself alone,
 * callers destroy it too.
 */
export class DeletedMaterials {
  readonly #byArn = new Map<string, { readonly address: KeyAddress; readonly ids: Set<string> }>();

  note(record: JournalRecord): void {
    const schema = schemaOf(record);
    if (schema === undefined) return;
    const { data } = schema.safeParse(record);
    const [arn = ''] = data?.resources ?? [];
    const address = parseKeyArn(arn);
    if (data === undefined || address === undefined) {
      throw new BackupRefusal(
        `The journal holds a record of deleted key material that this version cannot read (event ${String(record['eventId'])}).`,
        'Restore with the version that wrote the journal, or a newer one.',
      );
    }
    const known = this.#byArn.get(arn) ?? { address, ids: new Set() };
    this.#byArn.set(arn, known);
    for (const id of data.keyMaterialIds) known.ids.add(id);
  }

  /** By key, each material once. */
  get all(): readonly DeletedMaterial[] {
    return [...this.#byArn.values()]
      .filter(({ ids }) => ids.size > 0)
      .map(({ address, ids }) => ({ address, materialIds: [...ids] }));
  }
}

/** Undefined for a record that tells of no deletion. */
function schemaOf({ eventType, eventName, readOnly, errorCode }: JournalRecord) {
  if (eventType === 'AwsServiceEvent')
    return eventName === 'DeleteExpiredKeyMaterial' ? expirySchema : undefined;
  const isDone = readOnly === false && errorCode === undefined;
  return isDone && eventName === 'DeleteImportedKeyMaterial' ? requestSchema : undefined;
}
