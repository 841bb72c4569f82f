/** A word as a POSIX shell reads it back, quoted where it must be, for commands that the user can copy. */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
