import { lendSecret, type Secret } from './secret.ts';

const slotBytes = 32;
const slotsPerChunk = 1024;

/**
 * Memory for many 32-byte secrets (key material): fixed slots in ArrayBuffers of its own, so that a hundred
 * thousand keys are a few blocks and not as many allocations. Grows by chunks of 1,024 slots.
 */
export class SecretSlab {
  readonly #free: Buffer[] = [];
  readonly #release = (slot: Buffer): void => {
    this.#free.push(slot);
  };

  /**
   * Copies 32 bytes into a free slot and zeroises the argument; disposing the Secret zeroises and frees the slot.
   * Throws a RangeError, and leaves the argument alone, for any other length.
   */
  take(bytes: Uint8Array): Secret {
    if (bytes.length !== slotBytes) throw new RangeError(`A slot holds ${slotBytes} bytes`);
    const slot = this.#free.pop() ?? this.#grow();
    slot.set(bytes);
    bytes.fill(0);
    return lendSecret(slot, this.#release);
  }

  #grow(): Buffer {
    const chunk = new ArrayBuffer(slotBytes * slotsPerChunk);
    for (let slot = slotsPerChunk - 1; slot > 0; slot--) {
      this.#free.push(Buffer.from(chunk, slot * slotBytes, slotBytes));
    }
    return Buffer.from(chunk, 0, slotBytes);
  }
}
