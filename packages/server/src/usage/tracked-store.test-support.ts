import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Journal } from '../audit/journal.ts';
import { OutboxTrimmer } from '../audit/outbox-trimmer.ts';
import { SystemClock } from '../clock.ts';
import { keyArn } from '../keys/key-arn.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import type { Row } from '../storage/table.ts';
import { keyLastUsageTable, kmsKeyTable, usageMarkTable } from '../storage/tables.ts';
import { absent, type Change, insert, remove } from '../storage/unit-of-work.ts';
import { Alarm } from '../telemetry/alarm.ts';
import type { KeyUsage } from './last-usages.ts';
import { openUsages, type Usages } from './open-usages.ts';

const accountId = '000000000000';
const region = 'eu-west-2';
const installationId = 'an installation';

export const arnOf = (keyId: string): string => keyArn(accountId, region, keyId);

const keyOf = (keyId: string) => ({ account_id: accountId, region, key_id: keyId });

const keyRow = (keyId: string) => ({
  ...keyOf(keyId),
  description: '',
  key_spec: 'SYMMETRIC_DEFAULT',
  key_usage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  key_manager: 'CUSTOMER',
  multi_region: 0,
  state: 'Enabled',
  created_at: 1,
  deletion_at: null,
  current_material_id: '',
  rotation_enabled: 0,
  rotation_period_days: 365,
  next_rotation_at: null,
  on_demand_rotations: 0,
  primary_region: null,
  next_state: null,
  pending_window_days: null,
});

/** A store, a journal and what is known of the use of keys; `start` opens the last two as a start does. */
export class TrackedStore {
  readonly folder: string;
  readonly alarms: string[] = [];
  readonly clock = new SystemClock();
  readonly storage: IntegrityStorage;
  journal: Journal;
  tracked!: Usages;
  #events = 0;

  private constructor(folder: string, storage: IntegrityStorage) {
    this.folder = folder;
    this.storage = storage;
    this.journal = this.#openJournal();
  }

  static async open(): Promise<TrackedStore> {
    const folder = temporaryFolder();
    const { storage } = await openStore(join(folder, 'keyhaven.db'));
    const store = new TrackedStore(folder, storage);
    await store.start();
    return store;
  }

  get journalFolder(): string {
    return join(this.folder, 'journal');
  }

  /** `isNew`: the journal was lost, and another one began. */
  async start(isNew = false): Promise<void> {
    const alarm = new Alarm(
      (line) => this.alarms.push(line),
      () => this.alarms.length * 1e6,
    );
    this.journal = this.#openJournal();
    const outbox = new OutboxTrimmer(this.storage, this.journal, alarm);
    this.tracked = await openUsages({
      storage: this.storage,
      audit: { journal: this.journal, outbox, isNew },
      journalFolder: this.journalFolder,
      clock: this.clock,
      alarm,
    });
  }

  reopenJournal(): void {
    this.journal = this.#openJournal();
  }

  removeSegment(segment: number): void {
    rmSync(join(this.journalFolder, `0000000${segment}.jsonl`));
  }

  /** Changes every row of a table from outside. */
  damage(table: string): void {
    const db = new DatabaseSync(join(this.folder, 'keyhaven.db'));
    db.exec(`UPDATE ${table} SET mac = zeroblob(32)`);
    db.close();
  }

  loseJournal(): void {
    rmSync(this.journalFolder, { recursive: true });
  }

  /** What a successful request does: its use is noted, and its record appended. */
  use(keyId: string, operation: KeyUsage['operation'] = 'Encrypt', usedAt = this.clock.now()): KeyUsage {
    const id = ++this.#events;
    const usage = {
      arn: arnOf(keyId),
      operation,
      usedAt,
      eventId: `event ${id}`,
      requestId: `request ${id}`,
    };
    this.tracked.usages.add(usage);
    this.record({ eventName: operation, resources: [usage.arn], eventTime: usedAt }, id);
    return usage;
  }

  /** Appends a record that nothing is noted for. */
  record(members: object, id = ++this.#events): void {
    const own = { eventId: `event ${id}`, requestId: `request ${id}`, eventTime: this.clock.now() };
    this.journal.append([JSON.stringify({ ...own, ...members })]);
  }

  async find(keyId: string): Promise<KeyUsage | undefined> {
    return this.tracked.usages.find({ arn: arnOf(keyId), row: keyOf(keyId) } as unknown as KmsKey);
  }

  async addKey(keyId: string): Promise<void> {
    await this.commit([insert(kmsKeyTable, keyRow(keyId))]);
  }

  /** As the job does it, with the record that it appends. */
  async destroyKey(keyId: string): Promise<void> {
    const [[row], [usage]] = await this.storage.snapshot(
      select(kmsKeyTable, keyOf(keyId)),
      select(keyLastUsageTable, keyOf(keyId)),
    );
    if (row === undefined) throw new Error(`no key ${keyId}`);
    const removals = usage === undefined ? [] : [remove(keyLastUsageTable, usage)];
    const expect = usage === undefined ? [absent(keyLastUsageTable, Object.values(keyOf(keyId)))] : [];
    const changes = [remove(kmsKeyTable, row), ...removals];
    await this.commit(changes, expect);
    this.tracked.usages.forget(changes);
    this.record({ eventName: 'DeleteKey', eventType: 'AwsServiceEvent', resources: [arnOf(keyId)] });
  }

  async commit(changes: readonly Change[], expect: ReturnType<typeof absent>[] = []): Promise<void> {
    const result = await this.storage.commit({ head: undefined, expect, changes, audit: undefined });
    if (result.kind !== 'committed') throw new Error(result.kind);
  }

  async savedRow(keyId: string): Promise<Row<typeof keyLastUsageTable> | undefined> {
    const [[row]] = await this.storage.snapshot(select(keyLastUsageTable, keyOf(keyId)));
    return row;
  }

  async mark(): Promise<Row<typeof usageMarkTable>> {
    const [[row]] = await this.storage.snapshot(select(usageMarkTable, {}));
    if (row === undefined) throw new Error('no mark');
    return row;
  }

  #openJournal(): Journal {
    return Journal.open(this.journalFolder, installationId, {
      describeCut: (cut) => JSON.stringify(cut),
      describeGap: (records) => JSON.stringify({ records }),
      segmentBytes: 4096,
    });
  }
}
