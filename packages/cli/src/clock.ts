/** Milliseconds since 1970, by the clock of this machine: the command's only source of time. */
export function now(): number {
  return Date.now();
}
