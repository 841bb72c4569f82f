import { InvalidArgumentError } from 'commander';

// Arguments and values of flags; each throws InvalidArgumentError, which ends the command as wrong usage.

export function parseAccountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new InvalidArgumentError('An account id is 12 digits.');
}

export function parseAccessKeyId(text: string): string {
  if (/^\w{4,128}$/.test(text)) return text;
  throw new InvalidArgumentError('An access key id is 4 to 128 letters and digits.');
}

export function parseAccountName(text: string): string {
  if (/^[^\p{Cc}]{1,128}$/u.test(text) && text.trim() === text) return text;
  throw new InvalidArgumentError('A name is 1 to 128 characters, without control characters.');
}

/** As IAM names policies. */
export function parsePolicyName(text: string): string {
  if (/^[\w+=,.@-]{1,128}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'The name of a policy is 1 to 128 letters, digits and characters of _+=,.@-',
  );
}

/** As in the scope of a signature. */
export function parseRegion(text: string): string {
  if (text.length <= 32 && /^([a-z]+-){2,3}\d+$/.test(text)) return text;
  throw new InvalidArgumentError('A Region is a name such as eu-west-2.');
}

/** How many shares there are, or are needed. */
export function parseShareNumber(text: string): number {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 2 && number <= 64) return number;
  throw new InvalidArgumentError('It must be a whole number from 2 to 64.');
}
