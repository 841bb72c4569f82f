/**
 * Throws an Error for an empty or all-zero key: the sign of key bytes zeroised while still in use, which
 * would otherwise encrypt under a key that everyone knows. Every byte is read, whatever its value.
 */
export function assertUsable(key: Uint8Array): void {
  let any = 0;
  for (let i = key.length - 1; i >= 0; i--) any |= key[i] ?? 0;
  if (any === 0) throw new Error('The key is empty or all zero: it was zeroised while in use');
}
