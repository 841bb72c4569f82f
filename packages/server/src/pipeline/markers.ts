import { invalidMarker } from '@keyhaven/api-model';
import type { DomainKey } from '@keyhaven/crypto';

/**
 * Pagination markers: opaque, sealed under the identity domain key, and good only for the listing they came from.
 * A marker names the last item that was shown, so pages neither skip nor repeat what was there all along,
 * whatever is added or removed meanwhile.
 */
export class Markers {
  readonly #keys: () => readonly DomainKey[];

  /** `keys`: what markers may be sealed under, the current key first; asked each time, because keys are rotated. */
  constructor(keys: () => readonly DomainKey[]) {
    this.#keys = keys;
  }

  /** `listing` says what is listed for whom; the marker answers nothing else. */
  seal(listing: readonly string[], after: string): string {
    const [current] = this.#keys();
    if (current === undefined) throw new Error('no identity key is open');
    return current.sealMarker(Buffer.from(JSON.stringify([...listing, after])));
  }

  /** The item to go on after; throws InvalidMarkerException for a marker of another listing or none of ours. */
  open(listing: readonly string[], marker: string | undefined): string | undefined {
    if (marker === undefined) return undefined;
    const opened = this.#openUnderAny(marker);
    if (opened === undefined) throw invalidMarker();
    const parts = JSON.parse(opened.toString('utf8')) as readonly string[];
    const after = parts.at(-1);
    if (parts.length !== listing.length + 1 || listing.some((part, index) => part !== parts[index]))
      throw invalidMarker();
    return after;
  }

  #openUnderAny(marker: string): Buffer | undefined {
    for (const key of this.#keys()) {
      const opened = key.openMarker(marker);
      if (opened !== undefined) return opened;
    }
    return undefined;
  }
}
