import { sharedColumns } from '../keys/related-keys.ts';
import { type Query, select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
import { keyMaterialTable, kmsKeyTable } from '../storage/tables.ts';
import type { ExaminedStore } from './examined-store.ts';
import type { AnyRow, Flaw } from './row-check.ts';

type KeyRow = Row<typeof kmsKeyTable>;
type Values = Readonly<Record<string, unknown>>;

/** The rows that a multi-Region key is judged by: all related keys, its own key materials and its primary's. */
export function relatedQueries({
  account_id,
  region,
  key_id,
  multi_region,
  primary_region,
}: KeyRow): readonly Query[] {
  if (multi_region === 0) return [];
  return [
    select(kmsKeyTable, { account_id, key_id }, { orderBy: 'region' }),
    select(keyMaterialTable, { account_id, region, key_id }),
    select(keyMaterialTable, { account_id, region: primary_region ?? region, key_id }),
  ];
}

/**
 * What must hold between related multi-Region keys, which one transaction always changes together. Each key but the first
 * is compared with the first, so that a difference is told once; key materials are compared with the primary's.
 */
export function relatedFlaws(
  row: KeyRow,
  [related = [], own = [], primaries = []]: readonly (readonly AnyRow[])[],
  { protector }: ExaminedStore,
): readonly Flaw[] {
  if (row.multi_region === 0) return [];
  const flaws: Flaw[] = [];
  const add = (check: string, text: string) => flaws.push({ check, text: `The key ${row.key_id} ${text}` });
  // A row that is not sound is a finding of its own.
  const sound = related.filter((other) => protector.isSound(kmsKeyTable, other)) as readonly Values[];
  const [first] = sound;
  if (!related.some((other) => (other as Values)['region'] === row.primary_region))
    add(
      'multi-region-primary',
      `has no primary key: there is none in ${row.primary_region ?? 'any Region'}.`,
    );
  const differing = sharedColumns.filter((column) => first !== undefined && first[column] !== row[column]);
  if (differing.length > 0)
    add(
      'multi-region-differs',
      `is not the same in ${String(first?.['region'])} and ${row.region}: ${differing.join(', ')}.`,
    );
  if (permanentIds(own) !== permanentIds(primaries))
    add('multi-region-material', `has other key material in ${row.region} than its primary key.`);
  return flaws;
}

/** Imported key material that no rotation has made current is not yet in every Region. */
function permanentIds(materials: readonly AnyRow[]): string {
  return (materials as readonly Values[])
    .filter(({ pending_state }) => pending_state === null)
    .map(({ material_id }) => String(material_id))
    .sort()
    .join();
}
