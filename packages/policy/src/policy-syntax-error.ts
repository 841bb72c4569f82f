/** The text is not a policy document. The message is the broken rule in plain words; it never quotes the text. */
export class PolicySyntaxError extends Error {
  override readonly name = 'PolicySyntaxError';
}
