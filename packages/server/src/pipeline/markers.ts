import { invalidMarker } from '@keyhaven/api-model';
import type { DomainKey } from '@keyhaven/crypto';

/**
 * Pagination markers: opaque, sealed under the identity domain key, and good only for the listing they came from.
 * A marker names the last item that was shown, so pages neither skip nor repeat what was there all along,
 * whatever is added or removed meanwhile.
 */
export class Markers {
  readonly #key: DomainKey;

  constructor(key: DomainKey) {
    this.#key = key;
  }

  /** `listing` says what is listed for whom; the marker answers nothing else. */
  seal(listing: readonly string[], after: string): string {
    return this.#key.sealMarker(Buffer.from(JSON.stringify([...listing, after])));
  }

  /** The item to go on after; throws InvalidMarkerException for a marker of another listing or none of ours. */
  open(listing: readonly string[], marker: string | undefined): string | undefined {
    if (marker === undefined) return undefined;
    const opened = this.#key.openMarker(marker);
    if (opened === undefined) throw invalidMarker();
    const parts = JSON.parse(opened.toString('utf8')) as readonly string[];
    const after = parts.at(-1);
    if (parts.length !== listing.length + 1 || listing.some((part, index) => part !== parts[index]))
      throw invalidMarker();
    return after;
  }
}
