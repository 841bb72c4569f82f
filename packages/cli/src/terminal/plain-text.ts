/**
 * Text from elsewhere as it may be written to a terminal: control characters, with which a name could move the cursor,
 * hide lines or set the title, become visible. Line feeds stay.
 */
export function showPlain(text: string): string {
  // What is looked for is control characters, and marks that turn the direction of writing.
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (mark) => {
    return `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
