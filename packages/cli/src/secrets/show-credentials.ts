import type { Secret } from '@keyhaven/crypto';
import { revealText } from '../admin/act.ts';
import { renderFacts } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { HandOut } from './hand-out.ts';

/** A new access key of an account's root user. */
export interface NewCredentials {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
}

/** Credentials as they are printed: with the secret itself, or with the file that it was written into. */
export interface ShownCredentials {
  readonly json: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Hands the credentials out, for good. */
export function handOutCredentials(made: NewCredentials, out: HandOut, terminal: Terminal): ShownCredentials {
  const { accountId, accessKeyId } = made;
  const secret = revealText(made.secretAccessKey);
  made.secretAccessKey.dispose();
  const [credentialsFile] = out.deliver([renderCredentialsFile(accountId, accessKeyId, secret)], terminal);
  if (credentialsFile !== undefined) {
    return {
      json: { accountId, accessKeyId, credentialsFile },
      text: renderFacts([
        ['Account', accountId],
        ['Access key id', accessKeyId],
        ['Secret access key', `in ${credentialsFile}`],
      ]),
    };
  }
  const facts = renderFacts([
    ['Account', accountId],
    ['Access key id', accessKeyId],
    ['Secret access key', secret],
  ]);
  return {
    json: { accountId, accessKeyId, secretAccessKey: secret },
    text: `${facts}The secret access key is shown this once. Keep it where nobody else reads it.\n`,
  };
}

/** In the form of the AWS CLI's credentials file: AWS_SHARED_CREDENTIALS_FILE can name it. */
function renderCredentialsFile(accountId: string, accessKeyId: string, secret: string): string {
  return (
    `# Keyhaven: the root user of account ${accountId}\n[default]\n` +
    `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secret}\n`
  );
}
