/** One page of a list. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly truncated: boolean;
  /** Only where more follows. */
  readonly nextMarker: string | undefined;
}

/**
 * How many items a page has. The shape of Limit takes up to 1,000 everywhere; where an operation documents less,
 * what AWS does in between is not known: here the documented maximum is what a page holds.
 */
export function pageSize(
  limit: number | undefined,
  bounds: { readonly default: number; readonly most: number },
): number {
  return Math.min(limit ?? bounds.default, bounds.most);
}

/** Cuts a page off a list that was read one item further than the page goes, if there was one. */
export function cutPage<Item>(
  items: readonly Item[],
  size: number,
  sealMarker: (last: Item) => string,
): ListPage<Item> {
  if (items.length <= size) return { items, truncated: false, nextMarker: undefined };
  const page = items.slice(0, size);
  const last = page.at(-1);
  return { items: page, truncated: true, nextMarker: last === undefined ? undefined : sealMarker(last) };
}
