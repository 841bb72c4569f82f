interface DryRunInput {
  readonly DryRun?: boolean | undefined;
  readonly DryRunModifiers?: readonly 'IGNORE_CIPHERTEXT'[] | undefined;
}

/** A dry run that asks for permissions and state only, without a ciphertext (Decrypt, "DryRunModifiers"). */
export function ignoresCiphertext({ DryRun, DryRunModifiers }: DryRunInput): boolean {
  return DryRun === true && (DryRunModifiers?.includes('IGNORE_CIPHERTEXT') ?? false);
}
