import { randomBytes } from '@keyhaven/crypto';

/** What IAM gives unique ids and ARNs with paths to. */
export type IdentityKind = 'user' | 'group' | 'role' | 'policy';

/** The first four characters of a unique id (IAM User Guide, "IAM identifiers"). */
const prefixes: Readonly<Record<IdentityKind, string>> = {
  user: 'AIDA',
  group: 'AGPA',
  role: 'AROA',
  policy: 'ANPA',
};

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** One character of base 32 for each byte, of which five bits count. */
export function base32Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += base32.charAt(byte & 31);
  return text;
}

const uniqueIdBytes = 17;

/** A unique id made of the first 17 of these bytes: 21 characters, as AWS's are. */
export function uniqueIdOf(kind: IdentityKind, bytes: Uint8Array): string {
  if (bytes.length < uniqueIdBytes) throw new Error(`a unique id takes ${uniqueIdBytes} bytes`);
  return prefixes[kind] + base32Of(bytes.subarray(0, uniqueIdBytes));
}

/** A unique id that no other principal or policy has, had, or will have: 85 random bits. */
export function newUniqueId(kind: IdentityKind): string {
  return uniqueIdOf(kind, randomBytes(uniqueIdBytes));
}

/** `path` begins and ends with a slash. */
export function iamArn(kind: IdentityKind, accountId: string, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:${kind}${path}${name}`;
}

/** The ARN of a session names its role without the path. */
export function sessionArn(accountId: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}

/** What names are compared by: they are unique whatever their case. */
export function nameKeyOf(name: string): string {
  return name.toLowerCase();
}

/** An ARN of IAM, taken apart; undefined for anything else. Whether there is what it names is another question. */
export function readIamArn(
  arn: string,
): { readonly kind: IdentityKind; readonly accountId: string; readonly name: string } | undefined {
  const [, accountId, kind, name] =
    /^arn:aws:iam::(\d{12}):(user|group|role|policy)\/(?:[\x21-\x7e]{1,510}\/)?([\w+=,.@-]{1,128})$/.exec(
      arn,
    ) ?? [];
  if (accountId === undefined || name === undefined || !isIdentityKind(kind)) return undefined;
  return { kind, accountId, name };
}

function isIdentityKind(kind: string | undefined): kind is IdentityKind {
  return kind !== undefined && Object.hasOwn(prefixes, kind);
}

/** What the ARN of a role's session names. */
export interface SessionArn {
  readonly accountId: string;
  /** Without the role's path. */
  readonly roleName: string;
}

/** The ARN of a role's session, taken apart; session names are those of AssumeRole. */
export function readSessionArn(arn: string): SessionArn | undefined {
  const [, accountId, roleName] =
    /^arn:aws:sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/[\w+=,.@-]{2,64}$/.exec(arn) ?? [];
  return accountId === undefined || roleName === undefined ? undefined : { accountId, roleName };
}

/** The name of a service, as policies have it: `s3.amazonaws.com`. Of the ids that access keys name, only such a one has a dot. */
export function isServiceName(text: string): boolean {
  return /^(?=.{3,128}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(text);
}
