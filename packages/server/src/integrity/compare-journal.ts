import { andThen, type Maybe } from '../maybe.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { kmsKeyTable, tombstoneTable } from '../storage/tables.ts';
import type { CommitCounts, Head } from './commit-counts.ts';
import { type Finding, printable } from './finding.ts';
import { type JournalFact, readFacts } from './journal-facts.ts';

/** Findings, ids and heads that are held at most; what is beyond is counted by nobody, but what is held is told. */
const mostHeld = 1000;
/** Destroyed keys whose records are remembered: some 30 MB. Beyond it no destruction is missed. */
const mostDestroyed = 200_000;

/**
 * Records after which the numbers of store and journal cannot be compared: the service found records missing, or a
 * backup was brought back. Each is a warning: somebody should know why it is there.
 */
const holes: ReadonlyMap<string, string> = new Map([
  ['JournalMissing', 'the journal was missing when the service started'],
  ['JournalChainBroken', 'a start found the journal changed, and cut off what was behind the change'],
  ['RestoreBackup', 'a backup was restored'],
]);

export interface Address extends Head {
  readonly keyId: string;
}

/**
 * What the journal says, held against the store. Records come in their order; each that tells of a key is looked up
 * at once, so that memory does not grow with the journal.
 */
export class JournalComparison {
  readonly #storage: Storage;
  readonly #counts: CommitCounts;
  readonly #destroyed = new Set<string>();
  /** Keys that were made and are not there, until a record tells of their destruction. */
  readonly #lost = new Map<string, Finding>();
  /** Keys that were destroyed and of which the store says otherwise, until a record tells that they were made again. */
  readonly #back = new Map<string, Finding>();
  readonly #findings: Finding[] = [];
  #forgetsDestroyed = false;
  #hasHole = false;

  constructor(storage: Storage, counts: CommitCounts) {
    this.#storage = storage;
    this.#counts = counts;
  }

  /** Whether numbers of the store and of the journal say anything about each other. */
  get isComparable(): boolean {
    return !this.#hasHole;
  }

  /** Whether the record of the key's destruction has been seen; true where it may have been forgotten. */
  tellsOfDestruction(address: Address): boolean {
    return this.#forgetsDestroyed || this.#destroyed.has(textOf(address));
  }

  async take(frame: string): Promise<void> {
    for (const fact of readFacts(frame)) await this.#takeFact(fact);
  }

  /** Records that wait in the outbox: the one of a restore does until the first start. */
  takeWaiting(records: readonly string[]): void {
    for (const record of records) {
      for (const { eventName, eventId } of readFacts(`[${record}]`))
        if (holes.has(eventName)) this.#takeHole(eventName, eventId);
    }
  }

  /** What the records said that the store does not bear out. */
  takeFindings(): readonly Finding[] {
    const held = [...this.#back.values(), ...this.#lost.values()];
    this.#back.clear();
    this.#lost.clear();
    return [...this.#findings.splice(0), ...held];
  }

  #takeFact(fact: JournalFact): Maybe<void> {
    const { eventName, head, eventId, at } = fact;
    if (eventId !== undefined) this.#counts.noteRecord(eventId);
    if (holes.has(eventName)) this.#takeHole(eventName, eventId);
    if (head === undefined) return;
    this.#counts.count(head);
    if (eventName !== 'CreateKey' && eventName !== 'DeleteKey') return;
    return fact.keyIds.reduce<Maybe<void>>(
      (before, keyId) => andThen(before, () => this.#lookUp(eventName, { ...head, keyId }, at)),
      undefined,
    );
  }

  #takeHole(eventName: string, eventId: string | undefined): void {
    this.#hasHole = true;
    // What was made after the backup is gone, and was known to be.
    if (eventName === 'RestoreBackup') this.#lost.clear();
    const text = `The journal tells that ${holes.get(eventName) ?? ''}: the numbers of changes before it cannot be compared.`;
    const finding = {
      severity: 'warning',
      check: 'journal-hole',
      key: printable(eventId ?? eventName),
      text,
    } as const;
    this.#add(finding);
  }

  #lookUp(eventName: 'CreateKey' | 'DeleteKey', address: Address, at: number): Maybe<void> {
    if (eventName === 'DeleteKey') this.#noteDestroyed(address);
    // A replica that was destroyed may be made anew, with the same id: its tombstone is gone then.
    else this.#back.delete(textOf(address));
    const { accountId: account_id, region, keyId } = address;
    const rows = this.#storage.snapshot(
      select(kmsKeyTable, { account_id, region, key_id: keyId }),
      select(tombstoneTable, { account_id, region, kind: 'key', id: keyId }),
    );
    return andThen(rows, ([keys, tombstones]) => {
      // A destroyed key that is there is a finding of its tombstone.
      if (tombstones.length > 0) return;
      const [key] = keys;
      if (eventName === 'DeleteKey') {
        // Made anew since: the record of that may not be read, or not be written yet.
        if (key?.multi_region === 1 && key.created_at >= at) return;
        if (this.#back.size < mostHeld) this.#back.set(textOf(address), destroyedFinding(address, key));
      } else if (key === undefined && this.#lost.size < mostHeld)
        this.#lost.set(textOf(address), lostFinding(address));
    });
  }

  #noteDestroyed(address: Address): void {
    this.#lost.delete(textOf(address));
    if (this.#destroyed.size < mostDestroyed) this.#destroyed.add(textOf(address));
    else this.#forgetsDestroyed = true;
  }

  #add(finding: Finding): void {
    if (this.#findings.length < mostHeld) this.#findings.push(finding);
  }
}

const textOf = ({ accountId, region, keyId }: Address) => `${accountId}/${region}/${keyId}`;

function keyFinding(
  check: string,
  table: string,
  { accountId, region, keyId }: Address,
  text: string,
): Finding {
  const key = printable(`${accountId} / ${region} / ${keyId}`);
  return { severity: 'damage', check, table, key, text: printable(text) };
}

function destroyedFinding(address: Address, key: object | undefined): Finding {
  const told = `The journal tells that the key ${address.keyId} was destroyed`;
  return key !== undefined
    ? keyFinding(
        'destroyed-but-there',
        kmsKeyTable.name,
        address,
        `${told}, but it is there and its tombstone is not: old rows were put back.`,
      )
    : keyFinding('tombstone-missing', tombstoneTable.name, address, `${told}, but its tombstone is missing.`);
}

function lostFinding(address: Address): Finding {
  const text = `The journal tells that the key ${address.keyId} was made and not that it was destroyed, but it is not there.`;
  return keyFinding('key-lost', kmsKeyTable.name, address, text);
}

/** The tombstone of a key whose destruction the journal does not tell of. */
export function unrecordedFinding(address: Address): Finding {
  const text = `The key ${address.keyId} was destroyed, but the journal does not tell of it.`;
  return keyFinding('destruction-unrecorded', tombstoneTable.name, address, text);
}
