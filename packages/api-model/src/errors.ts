/**
 * An answer that refuses: the AWS error code, the text the client sees, and the HTTP status.
 * `text` is undefined for the errors that AWS sends without a message member.
 * Everything in it is public: never put a secret, a plaintext or key material into `text`.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly text: string | undefined;
  readonly status: number;

  constructor(code: string, text?: string, status = 400) {
    super(text ?? code);
    this.name = 'AwsError';
    this.code = code;
    this.text = text;
    this.status = status;
  }
}
