import { AwsError } from './errors.ts';

/** One parameter of a form, decoded. */
export type FormParameter = readonly [name: string, value: string];

/** The form or its parameters cannot be read, or can be read in two ways. AWS documents the code alone; the texts are Keyhaven's own. */
export function malformedInput(text: string): AwsError {
  return new AwsError('MalformedInput', text);
}

/**
 * Reads `application/x-www-form-urlencoded` (WHATWG URL, section 5.1), and refuses what that reads with replacements: escapes
 * that are none, bytes that are not UTF-8, and any byte that should have been escaped. The work grows with the length of the text alone.
 * Throws AwsError MalformedInput.
 */
export function parseForm(text: string): readonly FormParameter[] {
  if (/[^\x20-\x7e]/.test(text)) throw notAForm();
  const parameters: FormParameter[] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals === -1 ? part : part.slice(0, equals);
    parameters.push([decodePart(name), equals === -1 ? '' : decodePart(part.slice(equals + 1))]);
  }
  return parameters;
}

function decodePart(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch (error) {
    if (error instanceof URIError) throw notAForm();
    throw error;
  }
}

function notAForm(): AwsError {
  return malformedInput('The form is not percent-encoded UTF-8.');
}
