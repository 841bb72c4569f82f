import { type Keyring, rootScope } from '../domain-keys/keyring.ts';
import { type Query, select } from '../storage/query.ts';
import { scopeOf } from '../storage/row-protection.ts';
import type { Table } from '../storage/table.ts';
import { domainKeyTable } from '../storage/tables.ts';
import type { ExaminedStore } from './examined-store.ts';
import { type Finding, printable } from './finding.ts';
import { type AnyRow, keyText } from './row-check.ts';

interface Unopened {
  readonly scope: string;
  readonly firstRow: string;
  rows: number;
}

/** Beyond it each row is a finding of its own. */
const mostUnopened = 100;
const mostScopes = 10_000;

/**
 * Which domain keys the rows of a store need, and whether they are there. A domain key that was lost makes every row
 * under it unreadable: one finding, not thousands.
 */
export class DomainKeyUse {
  readonly #scopes = new Set<string>();
  readonly #unopened = new Map<string, Unopened>();

  /** A row that is sound. */
  note(table: Table, row: AnyRow): void {
    if (table.scope !== rootScope && this.#scopes.size < mostScopes) this.#scopes.add(scopeOf(table, row));
  }

  /** Takes in a row that is not sound because its domain key is not open; false where that is not the reason. */
  takeUnopened(table: Table, row: AnyRow, keyring: Keyring): boolean {
    // Whatever stands there in a row that was changed.
    const named: unknown = row.domain_key_id;
    const id = String(named);
    if (isOpen(keyring, id)) return false;
    const known = this.#unopened.get(id);
    if (known !== undefined) known.rows++;
    else if (this.#unopened.size >= mostUnopened) return false;
    else {
      const firstRow = `${keyText(table, row)} of the table ${table.name}`;
      this.#unopened.set(id, { scope: scopeOf(table, row), firstRow, rows: 1 });
    }
    return true;
  }

  /** What is wrong with the domain keys, once all rows are read. */
  async findings({ storage, protector }: ExaminedStore): Promise<readonly Finding[]> {
    const query: Query = select(domainKeyTable, {});
    const [rows] = await storage.snapshot(query);
    const findings: Finding[] = [];
    const about = (check: string, key: string, text: string) => {
      findings.push({
        severity: 'damage',
        check,
        table: domainKeyTable.name,
        key: printable(key),
        text: printable(text),
      });
    };
    for (const [id, { rows: count, firstRow }] of this.#unopened) {
      const what = `${count} row${count === 1 ? ' is' : 's are'} protected by it, the first is ${firstRow}.`;
      about('domain-key-missing', id, `The domain key ${id} is not there or does not open; ${what}`);
    }
    // A row that was changed is a finding already, and what it says counts for nothing.
    const doubtful = new Set([...this.#unopened.values()].map(({ scope }) => scope));
    for (const row of rows)
      if (!protector.isSound(domainKeyTable, row)) doubtful.add(String(row['key_scope']));
    for (const scope of this.#scopes) {
      if (doubtful.has(scope)) continue;
      const current = rows.filter((row) => row['key_scope'] === scope && row['status'] === 'current');
      if (current.length === 0)
        about('domain-key-missing', scope, `There are rows of ${scope}, but no current domain key for it.`);
      if (current.length > 1)
        about(
          'domain-key-count',
          scope,
          `For ${scope} there are ${current.length} current domain keys; there must be one.`,
        );
    }
    return findings;
  }
}

function isOpen(keyring: Keyring, id: string): boolean {
  return [rootScope, ...keyring.scopes()].some((scope) => keyring.allOf(scope).some((key) => key.id === id));
}
