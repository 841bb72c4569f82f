import { regionScope } from '../domain-keys/keyring.ts';
import { select } from '../storage/query.ts';
import { auditOutboxTable, domainKeyTable, headTable, tombstoneTable } from '../storage/tables.ts';
import { type CommitCounts, type Head, isSameHead } from './commit-counts.ts';
import { type Address, type JournalComparison, unrecordedFinding } from './compare-journal.ts';
import type { ExaminedStore } from './examined-store.ts';
import { type Finding, printable } from './finding.ts';
import { type JournalFact, readFacts } from './journal-facts.ts';
import { readPages } from './row-pages.ts';

/** Looked at a second time, in one snapshot; what is beyond is found once these are mended. */
const mostSuspects = 200;

export interface NumberParts {
  readonly store: ExaminedStore;
  readonly comparison: JournalComparison;
  readonly counts: CommitCounts;
  /** Reads the journal on to where it ends now; there is nothing more where nobody writes. */
  readonly readOn: () => AsyncGenerator<readonly Finding[]>;
}

/**
 * Compares what the store counts with what the journal tells. Both grow while the service runs, so that what differs
 * is compared a second time: the store in one snapshot, and the journal up to where it is right behind it.
 */
export class NumberComparison {
  readonly #parts: NumberParts;
  readonly #heads: Head[] = [];
  readonly #tombstones: Address[] = [];

  constructor(parts: NumberParts) {
    this.#parts = parts;
  }

  async *run(): AsyncGenerator<readonly Finding[]> {
    yield* this.#suspectHeads();
    yield* this.#suspectTombstones();
    if (this.#heads.length === 0 && this.#tombstones.length === 0) return;
    const { store, counts, readOn } = this.#parts;
    const before = this.#heads.map((head) => counts.recordsOf(head));
    const [outbox, ...answers] = await store.storage.snapshot(
      select(auditOutboxTable, {}),
      ...this.#heads.map(({ accountId: account_id, region }) => select(headTable, { account_id, region })),
    );
    counts.expect(outbox);
    yield* readOn();
    const waiting = counts.waiting(outbox).flatMap(({ record }) => readFacts(`[${record}]`));
    const commits = answers.map(([row]) => row?.commit_number ?? 0);
    yield await this.#judgeHeads(commits, before, waiting);
    yield this.#judgeTombstones(waiting);
  }

  async *#suspectHeads(): AsyncGenerator<readonly Finding[]> {
    const { store, counts } = this.#parts;
    const seen = new Set<string>();
    for await (const { rows } of readPages(store.storage, headTable)) {
      for (const row of rows) {
        // A head that was changed is a finding already.
        if (!store.protector.isSound(headTable, row)) continue;
        const head = { accountId: String(row['account_id']), region: String(row['region']) };
        seen.add(textOf(head));
        if (row['commit_number'] !== counts.recordsOf(head)) this.#suspect(head);
      }
      yield [];
    }
    for (const head of counts.heads()) if (!seen.has(textOf(head))) this.#suspect(head);
  }

  #suspect(head: Head): void {
    if (this.#heads.length < mostSuspects) this.#heads.push(head);
  }

  async *#suspectTombstones(): AsyncGenerator<readonly Finding[]> {
    const { store, comparison } = this.#parts;
    for await (const { rows } of readPages(store.storage, tombstoneTable)) {
      for (const row of rows) {
        const address = {
          accountId: String(row['account_id']),
          region: String(row['region']),
          keyId: String(row['id']),
        };
        if (row['kind'] !== 'key' || comparison.tellsOfDestruction(address)) continue;
        if (this.#tombstones.length < mostSuspects && store.protector.isSound(tombstoneTable, row))
          this.#tombstones.push(address);
      }
      yield [];
    }
  }

  async #judgeHeads(
    commits: readonly number[],
    before: readonly number[],
    waiting: readonly JournalFact[],
  ): Promise<readonly Finding[]> {
    const { store, counts } = this.#parts;
    const findings: Finding[] = [];
    for (const [index, head] of this.#heads.entries()) {
      const counted = commits[index] ?? 0;
      const told = before[index] ?? 0;
      const inOutbox = waiting.filter((fact) => isSameHead(fact.head, head)).length;
      const recorded = counts.recordsOf(head) + inOutbox;
      if (counted < told) findings.push(storeBehind(head, counted, told));
      else if (counted > recorded && (await hasFirstDomainKey(store, head.region)))
        findings.push(journalBehind(head, counted, recorded));
    }
    return findings;
  }

  #judgeTombstones(waiting: readonly JournalFact[]): readonly Finding[] {
    return this.#tombstones
      .filter(
        (address) =>
          !this.#parts.comparison.tellsOfDestruction(address) &&
          !waiting.some(({ head, keyIds }) => isSameHead(head, address) && keyIds.includes(address.keyId)),
      )
      .map(unrecordedFinding);
  }
}

const textOf = ({ accountId, region }: Head) => `${accountId}/${region}`;

/**
 * Where domain keys have been replaced, heads were written without a change that the journal could tell of. The first
 * key of a Region is made as its current one and then not written again until it is replaced.
 */
async function hasFirstDomainKey({ storage }: ExaminedStore, region: string): Promise<boolean> {
  const [rows] = await storage.snapshot(select(domainKeyTable, { key_scope: regionScope(region) }));
  return rows.length === 1 && rows[0]?.version === 1;
}

function headFinding(check: string, { accountId, region }: Head, text: string): Finding {
  const key = printable(`${accountId} / ${region}`);
  return { severity: 'damage', check, table: headTable.name, key, text: printable(text) };
}

function storeBehind(head: Head, counted: number, told: number): Finding {
  const text = `The journal tells of ${told} changes of account ${head.accountId} in ${head.region}, the store counts ${counted}: an older store was put back.`;
  return headFinding('store-behind-journal', head, text);
}

function journalBehind(head: Head, counted: number, recorded: number): Finding {
  const text = `The store counts ${counted} changes of account ${head.accountId} in ${head.region}, the journal tells of ${recorded}: records were removed.`;
  return headFinding('journal-behind-store', head, text);
}
