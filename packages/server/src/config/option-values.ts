/** A value that an option does not take; the message is the rule it breaks, as a clause, without the value. */
export class OptionValueError extends Error {}

/** Texts of flags and variables that hold several values each. */
export function splitList(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(',')).map((part) => part.trim());
}

export function parsePath(text: string): string {
  if (text.trim() === '' || text.includes('\0')) throw new OptionValueError('must be a path');
  return text;
}

/** One of a few words. */
export function parseChoice<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const last = choices.at(-1) ?? '';
  throw new OptionValueError(`must be ${[choices.slice(0, -1).join(', '), last].join(' or ')}`);
}

/** Standard output and error are not for reading. */
export function parseFileDescriptor(text: string): number {
  const descriptor = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (descriptor === 0 || descriptor >= 3) return descriptor;
  throw new OptionValueError(
    'must be the number of an open file descriptor: 0 for standard input, or 3 and up',
  );
}

/**
 * Bech32 in lower case (BIP 173) behind the prefix of an age recipient: `age`, or `age1pq` for one that withstands quantum
 * computers. Whoever encrypts checks the rest.
 */
const ageRecipient = /^age1(?:pq1)?[02-9ac-hj-np-z]{6,4000}$/;

export function parseRecipients(texts: readonly string[]): readonly string[] {
  return splitList(texts).map((text) => {
    if (ageRecipient.test(text)) return text;
    throw new OptionValueError(
      'must be age recipients such as age1..., as keyhaven backup identity prints them',
    );
  });
}
